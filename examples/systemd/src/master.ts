/** A service on sockets that systemd holds; `units/` has the files that start it, under a guardian. */

import { Master } from '@manifold/groups'
import { supervise } from '@manifold/health'

const master = new Master({
  groups: {
    web: {
      exec: new URL('./web.js', import.meta.url),
      workers: 2,
      // By the names that the socket unit gives (FileDescriptorName=).
      listen: { http: { systemd: 'http' }, local: { systemd: 'local' } },
    },
  },
})
supervise(master)
master.stopOn('SIGINT', 'SIGTERM')
await master.start()
console.log(`Serving, master pid ${process.pid}`)
