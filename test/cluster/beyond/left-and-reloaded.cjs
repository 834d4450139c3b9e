// A worker that has gone on purpose is not brought back by a reload, and what it was forked with is forgotten with its slot.
const cluster = require(process.env.CLUSTER)
const { once } = require('node:events')
const trace = require('../trace.cjs')

async function names() {
  const asked = Object.values(cluster.workers).map(async (worker) => {
    worker.send('who')
    return (await once(worker, 'message'))[0]
  })
  return (await Promise.all(asked)).sort()
}

async function fork(NAME) {
  const worker = cluster.fork({ NAME })
  await once(worker, 'online')
  return worker
}

async function leave(worker) {
  worker.disconnect()
  await once(worker, 'exit')
}

async function main() {
  const [a] = [await fork('a'), await fork('b'), await fork('c')]
  const pool = cluster.master.group('default')
  await leave(a)
  await pool.reload()
  trace('without a', await names())
  // The place of who has died is taken before that of who has gone.
  const [other] = Object.values(cluster.workers)
  other.process.kill('SIGKILL')
  await once(other, 'exit')
  await fork('d')
  trace(
    'vacant',
    cluster.master.status().groups.default.slots.map(({ state }) => state === 'vacant'),
  )
  await pool.scale(1)
  await pool.scale(3)
  trace('scaled', await names())
  cluster.disconnect()
}

if (cluster.isPrimary) main()
else process.on('message', () => process.send(process.env.NAME ?? 'nobody'))
