// Compiled, not run: the names of groups and of their sockets are known; requests, which nobody declares here, are not.

import { worker } from '@manifold/core/worker'
import { type GroupOptions, Master, type SocketAddress } from '@manifold/groups'

const master = new Master({
  groups: {
    web: { exec: './web.js', workers: 'cpus', listen: { http: 8080, https: { port: 8443, host: '::' } } },
    ingest: { exec: './ingest.js', listen: { statsd: { udp: 8125 } } },
    admin: './admin.js',
  },
})

export async function names(): Promise<void> {
  const address: SocketAddress = master.group('web').address('http')
  master.group('web').address('https')
  master.group('ingest').address('statsd')
  console.log(address)
  // @ts-expect-error there is no such group
  master.group('wbe')
  // @ts-expect-error the group declares no such socket
  master.group('web').address('htp')
  // @ts-expect-error that is a socket of another group
  master.group('ingest').address('http')
  // @ts-expect-error there is no such option
  new Master({ groups: { web: { exec: './web.js', worker: 2 } } })
  // @ts-expect-error a socket needs a port
  new Master({ groups: { web: { exec: './web.js', listen: { http: {} } } } })

  const anyMaster: Master = master
  anyMaster.group('any').address('any')
  const options: Record<string, GroupOptions> = { web: { exec: './web.js' } }
  new Master({ groups: options }).group('any').address('any')
  const ofNames: Master<'web' | 'ingest' | 'admin'> = master
  // @ts-expect-error there is no such group
  ofNames.group('wbe')
}

export async function undeclared(): Promise<void> {
  const answer: unknown = await worker.call('any', 'name', { any: 'payload' }, { retry: true })
  // @ts-expect-error nobody has said what the answer is
  const total: number = await worker.call('any', 'name')
  worker.handle('name', (payload: number) => payload * 2)
  worker.subscribe('name', (payload: string) => console.log(payload))
  master.handle('name', (payload: number, { slot }) => payload + slot)
  master.broadcast('name')
  await master.group('web').call('name', { any: 'payload' }, { slot: 1 })
  worker.socket('any')
  console.log(answer, total)
}
