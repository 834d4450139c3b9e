import { fileURLToPath } from 'node:url'
import { guard } from '@manifold/health/guardian'
import { childrenOf } from '../../helpers/leaks.js'
import { obeyBench, peerSettings, ServingWorkers, tellBench } from './protocol.js'

/** Manifold under a guardian: its masters have no channel to the bench, so that it is looked up who serves. */
const guardian = await guard(fileURLToPath(new URL('./guarded-master.js', import.meta.url)), {
  name: `bench ${process.pid}`,
  args: [JSON.stringify(peerSettings())],
  execArgv: [],
  signals: false,
  restart: { stableAfterMs: 0, maxRestarts: 10_000 },
})
const serving = new ServingWorkers()
const look = () => {
  const { pid } = guardian.status().generations.at(-1)!
  if (pid === undefined) return
  for (const child of childrenOf(pid)) serving.add(child.pid)
  tellBench({ type: 'master', pid })
}
guardian.on('masterSettled', look)
look()
obeyBench({ stop: () => guardian.stop() })
