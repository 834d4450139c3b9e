// A service whose workers have enough after some requests: one at a time may go, and is replaced when it has gone.
const http: typeof import('node:http') = require('node:http')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

type Worker = import('node:cluster').Worker

const WORKERS = 2
const MAX_REQUESTS = 20

if (cluster.isPrimary) {
  const listening = new Set<Worker>()
  const tired: Worker[] = []

  const relieve = () => {
    if (listening.size < WORKERS) return
    const worker = tired.shift()
    if (worker === undefined) return
    listening.delete(worker)
    worker.send('go')
  }

  for (let i = 0; i < WORKERS; i++) cluster.fork()
  cluster.on('listening', (worker, { port }) => {
    console.log(`worker ${worker.process.pid} listens on ${port}`)
    listening.add(worker)
    relieve()
  })
  cluster.on('message', (worker) => {
    tired.push(worker)
    relieve()
  })
  cluster.on('exit', (worker, code) => {
    const how = worker.exitedAfterDisconnect ? 'retired' : 'failed'
    console.log(`worker ${worker.process.pid} ${how} with ${code}`)
    cluster.fork()
  })
} else {
  let requests = 0
  const server = http.createServer((_req, res) => {
    res.writeHead(200, { 'X-Pid': process.pid, Connection: 'close' })
    res.end('ok')
    if (++requests === MAX_REQUESTS) process.send!('enough')
  })
  server.listen(Number(process.env.PORT), '127.0.0.1')

  process.on('message', () => cluster.worker!.disconnect())
}
