// The example of Node's documentation that counts the requests of all workers in the primary, both ways to hear them.
const http: typeof import('node:http') = require('node:http')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

if (cluster.isPrimary) {
  let numReqs = 0
  let numHeard = 0
  const timer = setInterval(() => {
    console.log(`numReqs = ${numReqs}, ${numHeard}`)
  }, 50)

  function messageHandler(msg: { cmd?: string }) {
    if (msg.cmd === 'notifyRequest') numReqs += 1
  }

  for (let i = 0; i < 2; i++) {
    const worker = cluster.fork()
    worker.send('hi there')
  }

  for (const id in cluster.workers) {
    cluster.workers[id]!.on('message', messageHandler)
  }

  cluster.on('message', (worker, message, handle) => {
    if (message.cmd === 'notifyRequest') numHeard += 1
    else console.log(`worker ${worker.id} says ${message}, with ${handle}`)
  })

  cluster.on('exit', (worker, code) => {
    console.log(`worker ${worker.id} left with ${code}`)
    if (Object.keys(cluster.workers!).length === 0) clearInterval(timer)
  })

  process.on('SIGTERM', () => {
    for (const id in cluster.workers) cluster.workers[id]!.send('leave')
  })
} else {
  http
    .createServer((_req, res) => {
      res.writeHead(200, { 'x-pid': process.pid })
      res.end('hello world\n')
      process.send!({ cmd: 'notifyRequest' })
    })
    .listen(Number(process.env.PORT), () => console.log('Worker listens'))

  process.on('message', (msg) => {
    if (msg === 'leave') process.exit(7)
    process.send!(msg)
  })
}
