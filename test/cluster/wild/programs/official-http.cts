// The first example of Node's documentation of its cluster.
const http: typeof import('node:http') = require('node:http')
const { availableParallelism }: typeof import('node:os') = require('node:os')
const process: NodeJS.Process = require('node:process')
const cluster: typeof import('node:cluster') = require(globalThis.process.env.CLUSTER!)

const port = Number(process.env.PORT)

if (cluster.isPrimary) {
  console.log(`Primary ${process.pid} is running`)

  for (let i = 0; i < availableParallelism(); i++) {
    cluster.fork()
  }

  cluster.on('exit', (worker, code, signal) => {
    console.log(`worker ${worker.process.pid} died with ${signal ?? code}`)
  })
} else {
  // Workers can share any TCP connection.
  http
    .createServer((_req, res) => {
      res.writeHead(200)
      res.end('hello world\n')
    })
    .listen(port)

  console.log(`Worker ${process.pid} started`)
}
