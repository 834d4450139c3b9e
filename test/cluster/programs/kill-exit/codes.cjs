// Exit codes of workers, one after another.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const ways = [
    'exit 0',
    'exit 7',
    'exit 256',
    'exitCode 9',
    'disconnect',
    'throw',
    'reject',
    'abort',
    'SIGKILL self',
  ]
  cluster.setupPrimary({ silent: true })
  const next = () => {
    const way = ways.shift()
    if (way === undefined) return
    const worker = cluster.fork({ WAY: way })
    worker.on('exit', (code, signal) => {
      trace(
        way,
        code,
        signal,
        worker.process.exitCode,
        worker.process.signalCode,
        worker.exitedAfterDisconnect,
      )
      next()
    })
  }
  next()
} else {
  const [way, value] = process.env.WAY.split(' ')
  if (way === 'exit') process.exit(Number(value))
  if (way === 'exitCode') process.exitCode = Number(value)
  if (way === 'throw') throw new Error('thrown')
  if (way === 'reject') Promise.reject(new Error('rejected'))
  if (way === 'abort') process.kill(process.pid, 'SIGABRT')
  if (way === 'SIGKILL') process.kill(process.pid, 'SIGKILL')
  if (way === 'disconnect' || way === 'exitCode') process.disconnect()
}
