// A primary that passes messages on from one worker to all others.
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  let ready = 0
  cluster.on('message', (worker, message) => {
    if (message === 'ready' && ++ready === 3) cluster.workers[1].send('start')
    if (message.text) {
      for (const other of Object.values(cluster.workers)) if (other !== worker) other.send(message)
      worker.disconnect()
    }
  })
  for (let i = 0; i < 3; i++) cluster.fork()
} else {
  process.send('ready')
  process.on('message', (message) => {
    trace('message', message)
    if (message === 'start') process.send({ text: `from ${cluster.worker.id}` })
    else process.disconnect()
  })
}
