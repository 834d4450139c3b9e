import { Master } from '@manifold/groups'
import { supervise } from '@manifold/health'
import { moment } from '../../helpers/moment.js'
import { obeyBench, peerSettings, ServingWorkers, tellBench } from './protocol.js'
import { setupOf } from './variant.js'

/** Manifold as a service would run it: one group on one declared socket, supervised. */
const { app, port, workers, variant } = peerSettings()
const serving = new ServingWorkers()
const setup = setupOf(variant)
const master = new Master({
  groups: {
    web: {
      exec: app,
      workers,
      listen: { http: port },
      ...setup.group,
    },
  },
})
// The other contestants respawn at once, with no regard to how often. So does this one after a life that was stable,
// which here is every life.
const supervisor = supervise(master, {
  restart: { stableAfterMs: 0, maxRestarts: 10_000 },
  ...setup.supervise,
})

master.on('ready', (worker) => serving.add(worker.pid))
master.on('draining', (worker) => serving.delete(worker.pid))
master.on('exit', (worker) => serving.delete(worker.pid))

for (const what of ['silent', 'hang', 'ready', 'exit', 'standby'] as const) {
  master.on(what, (...[{ pid }]) => tellBench({ type: 'noticed', what, pid, at: moment() }))
}
for (const what of ['terminating', 'killing'] as const) {
  supervisor.on(what, ({ worker }) => tellBench({ type: 'noticed', what, pid: worker.pid, at: moment() }))
}

const startedAt = performance.now()
master.once('listening', () => tellBench({ type: 'started', startMs: performance.now() - startedAt }))
obeyBench({
  async reload() {
    const calledAt = performance.now()
    let firstListeningMs = Number.NaN
    master.once('listening', () => {
      firstListeningMs = performance.now() - calledAt
    })
    await master.group('web').reload()
    return firstListeningMs
  },
  async stop() {
    await master.stop()
  },
})
await master.start()
