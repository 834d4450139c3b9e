import { Master } from '@manifold/groups'
import { supervise } from '@manifold/health'
import { peerSettings } from './protocol.js'
import { setupOf } from './variant.js'

const { app, port, workers, variant } = peerSettings()
const setup = setupOf(variant)
const master = new Master({ groups: { web: { exec: app, workers, listen: { http: port }, ...setup.group } } })
supervise(master, setup.supervise)
await master.start()
