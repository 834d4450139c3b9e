// What a primary knows of a worker.
const { ChildProcess } = require('node:child_process')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace(
    'own',
    Object.keys(worker)
      .filter((key) => !key.startsWith('_'))
      .sort(),
  )
  trace(
    'is',
    worker instanceof cluster.Worker,
    worker.constructor === cluster.Worker,
    worker.id,
    worker.state,
  )
  const { process: child } = worker
  trace('process', child instanceof ChildProcess, typeof child.pid, child.connected, child.killed)
  trace('spawned', child.spawnfile === process.execPath, child.spawnargs.slice(1))
  trace('ends', child.exitCode, child.signalCode)
  trace('stdio', child.stdin, child.stdout, child.stderr, child.stdio)
  trace('channel', typeof child.channel, typeof child.send, typeof child.disconnect)
  worker.on('exit', () => {
    trace('ends', child.exitCode, child.signalCode, child.connected, child.channel, worker.id)
  })
} else {
  process.exit(5)
}
