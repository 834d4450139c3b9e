// Signals that a worker does not handle end it.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']
  const next = () => {
    const signal = signals.shift()
    if (signal === undefined) return
    const worker = cluster.fork()
    worker.on('message', () => process.kill(worker.process.pid, signal))
    worker.on('exit', (...values) => trace(signal, ...values) ?? next())
  }
  next()
} else {
  process.send('up')
}
