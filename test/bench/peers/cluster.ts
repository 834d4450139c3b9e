import nodeCluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { obeyBench, peerSettings, ServingWorkers, tellBench } from './protocol.js'

/** node:cluster, or its drop-in, with what everybody has to write around it by hand: respawn, and a rolling restart. */
const { app, workers, variant } = peerSettings()
const [module, policy = 'rr'] = variant.split(' ')
const cluster: typeof nodeCluster =
  module === 'node' ? nodeCluster : (await import('@manifold/groups/cluster' as string)).default
const serving = new ServingWorkers()
let stopping = false

const byNode: Record<string, number> = { rr: cluster.SCHED_RR, none: cluster.SCHED_NONE }
Object.assign(cluster, { schedulingPolicy: byNode[policy] ?? policy })
cluster.setupPrimary({ exec: app })
cluster.on('listening', (worker) => serving.add(worker.process.pid!))
cluster.on('exit', (worker) => {
  serving.delete(worker.process.pid!)
  if (!stopping && !worker.exitedAfterDisconnect) cluster.fork()
})

const startedAt = performance.now()
cluster.once('listening', () => tellBench({ type: 'started', startMs: performance.now() - startedAt }))
for (let n = workers; n > 0; n--) cluster.fork()

obeyBench({
  async reload() {
    const calledAt = performance.now()
    let firstListeningMs = Number.NaN
    cluster.once('listening', () => {
      firstListeningMs = performance.now() - calledAt
    })
    for (const old of Object.values(cluster.workers ?? {})) {
      await once(cluster.fork(), 'listening')
      await retire(old!)
    }
    return firstListeningMs
  },
  async stop() {
    stopping = true
    for (const worker of Object.values(cluster.workers ?? {})) worker!.process.kill('SIGKILL')
  },
})

/** As Node's documentation of `worker.disconnect()` has it: what does not end in two seconds is killed. */
async function retire(worker: Worker): Promise<void> {
  serving.delete(worker.process.pid!)
  worker.disconnect()
  const timer = setTimeout(() => worker.kill(), 2_000)
  await once(worker, 'exit')
  clearTimeout(timer)
}
