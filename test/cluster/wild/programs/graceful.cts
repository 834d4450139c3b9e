// A service that finishes what it has begun: on SIGTERM the primary disconnects all workers, and exits after them.
const http: typeof import('node:http') = require('node:http')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork()

  cluster.on('listening', (worker, { port }) => {
    console.log(`worker ${worker.process.pid} listens on ${port}`)
  })
  cluster.on('disconnect', (worker) => console.log(`worker ${worker.id} disconnected`))
  cluster.on('exit', (worker, code, signal) => {
    console.log(`worker ${worker.id} exited (${code}, ${signal}, ${worker.exitedAfterDisconnect})`)
  })

  process.on('SIGTERM', () => {
    console.log('shutting down')
    cluster.disconnect(() => {
      console.log(`${Object.keys(cluster.workers!).length} workers left`)
      process.exit(0)
    })
  })
} else {
  http
    .createServer((req, res) => {
      console.log(`request ${req.url}`)
      setTimeout(() => {
        res.writeHead(200, { 'X-Pid': process.pid })
        res.end('done')
      }, 500)
    })
    .listen(Number(process.env.PORT), '127.0.0.1')
  process.on('exit', (code) => console.log(`worker exits with ${code}`))
}
