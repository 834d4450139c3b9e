// A service that replaces whichever worker dies.
const http: typeof import('node:http') = require('node:http')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork()

  cluster.on('listening', (worker, { port }) => {
    console.log(`worker ${worker.process.pid} listens on ${port}`)
  })

  cluster.on('exit', (worker, code, signal) => {
    const count = Object.keys(cluster.workers!).length
    console.log(`worker ${worker.process.pid} died (${signal || code}), ${count} left. restarting...`)
    cluster.fork()
  })
} else {
  http
    .createServer((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/plain', 'X-Pid': process.pid })
      res.end('ok')
    })
    .listen(Number(process.env.PORT), '127.0.0.1')
}
