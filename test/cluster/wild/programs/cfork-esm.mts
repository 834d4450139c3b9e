// The same as ES modules, the library before the cluster: cfork has a build of its own for these.
// biome-ignore-all assist/source/organizeImports: their order is what is tried.
import { fileURLToPath } from 'node:url'
import { cfork, type ForkOptions, setDisableRefork } from 'cfork'
import cluster from '#cluster'

type Worker = import('node:cluster').Worker

// As tools do that watch what is forked.
const { fork } = cluster
cluster.fork = function (env) {
  return fork.call(this, { ...env, GREETING: `${(env as { GREETING: string }).GREETING} watched` })
}

const pool = cfork({
  exec: fileURLToPath(new URL('./cfork-worker.cjs', import.meta.url)),
  args: ['--colour', 'green'],
  slaves: [fileURLToPath(new URL('./cfork-slave.cjs', import.meta.url))],
  count: 2,
  limit: 4,
  duration: 60_000,
  env: { GREETING: 'hello' },
} as ForkOptions)!

console.log(`one cluster: ${pool === cluster}`)

pool
  .on('fork', (worker) => console.log(`fork ${worker.process.pid}`))
  .on('online', (worker) => console.log(`online ${worker.process.pid}`))
  .on('listening', (worker, { port }) => console.log(`listening ${worker.process.pid} on ${port}`))
  .on('disconnect', (worker) => {
    const { exitedAfterDisconnect, process } = worker
    console.log(`disconnect ${process.pid} ${exitedAfterDisconnect} ${(worker as { state?: string }).state}`)
  })
  .on('exit', (worker, code, signal) => console.log(`exit ${worker.process.pid} ${code} ${signal}`))
// Its own events.
const own = pool as import('node:events').EventEmitter
own.on('unexpectedExit', (worker: Worker, code: number, signal: string) => {
  console.log(`unexpectedExit ${worker.process.pid} ${code} ${signal}`)
})
own.on('reachReforkLimit', () => console.log('reachReforkLimit'))

process.on('SIGTERM', () => {
  for (const worker of Object.values(cluster.workers!)) {
    setDisableRefork(worker!, true)
    worker!.kill()
  }
})
