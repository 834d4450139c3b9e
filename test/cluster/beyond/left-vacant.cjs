// Where a supervisor does not replace a worker, or not any more, its socket is not held for a successor that never comes.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const { once } = require('node:events')
const trace = require('../trace.cjs')

/** 'connected' also if it is never answered. */
function connect(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve('connected') ?? socket.destroy())
    socket.on('error', ({ code }) => resolve(code))
  })
}

async function fails(restart) {
  const { supervise } = require('@manifold/health')
  const supervisor = supervise(cluster, { restart })
  const decided = Promise.race(
    ['leftVacant', 'giveup', 'backoff'].map(
      (event) => new Promise((resolve) => supervisor.once(event, () => resolve(event))),
    ),
  )
  const worker = cluster.fork()
  const [{ port }] = await once(worker, 'listening')
  worker.send('end')
  await once(worker, 'exit')
  trace(await decided, await connect(port))
  await supervisor.stop()
  trace('stopped', await connect(port))
}

async function main() {
  await fails({ policy: 'on-failure' })
  await fails({ maxRestarts: 0, onCrashLoop: 'giveUp' })
  await fails({ maxRestarts: 0, minDelayMs: 60_000 })
}

if (cluster.isPrimary) main()
else {
  process.once('message', () => process.exit(0))
  net.createServer((socket) => socket.end()).listen(0, '127.0.0.1')
}
