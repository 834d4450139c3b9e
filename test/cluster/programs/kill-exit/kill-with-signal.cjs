// `kill` and `destroy` in the primary, with signals by name and number.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const signals = ['SIGKILL', 'SIGINT', 'SIGHUP', 'SIGUSR2', 9, undefined, null, 0, '']
  const methods = ['kill', 'destroy']
  const next = () => {
    if (signals.length === 0) return
    const signal = signals.shift()
    const method = methods[signals.length % 2]
    const worker = cluster.fork()
    worker.on('message', () => trace(`${method} ${signal}`, worker[method](signal)))
    worker.on('exit', (code, by) => {
      trace('exit', code, by, worker.exitedAfterDisconnect)
      next()
    })
  }
  next()
} else {
  process.send('up')
}
