// `cluster.Worker` made by hand.
const { EventEmitter } = require('node:events')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

for (const worker of [
  new cluster.Worker(),
  cluster.Worker({ id: 3 }),
  new cluster.Worker({ id: '7', state: 'mine' }),
]) {
  trace('is', worker instanceof cluster.Worker, worker instanceof EventEmitter)
  trace(
    'has',
    worker.id,
    worker.state,
    worker.exitedAfterDisconnect,
    worker.process,
    Object.hasOwn(worker, 'process'),
  )
}
trace('of null', new cluster.Worker(null).id, new cluster.Worker('text').state)

const child = new EventEmitter()
child.send = (...values) => values.length
child.connected = 'perhaps'
const worker = new cluster.Worker({ id: 9, process: child })
trace.events(worker, 'worker', ['message', 'error', 'exit'])
child.emit('message', { a: 1 }, 'handle')
child.emit('error', 'first', 'second')
child.emit('exit', 0)
trace('methods', worker.send(1, 2, 3), worker.isConnected(), worker.isDead())
child.exitCode = 1
trace('dead', worker.isDead())
