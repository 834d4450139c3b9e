// Several workers: all of them come up and go.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const seen = { fork: [], online: [], message: [], exit: [] }
  for (const event of Object.keys(seen)) cluster.on(event, ({ id }) => seen[event].push(id))
  for (let i = 0; i < 4; i++) cluster.fork()
  cluster.on('message', () => {
    if (seen.message.length === 4) for (const worker of Object.values(cluster.workers)) worker.disconnect()
  })
  process.on('exit', (code) => {
    for (const [event, ids] of Object.entries(seen)) trace(event, ids.sort())
    trace('end', code, cluster.workers)
  })
} else {
  process.send('up')
}
