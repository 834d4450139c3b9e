// The same as an ES module.
import http from 'node:http'
import { availableParallelism } from 'node:os'
import process from 'node:process'

const { default: cluster }: { default: typeof import('node:cluster') } = await import(process.env.CLUSTER!)

if (cluster.isPrimary) {
  console.log(`Primary ${process.pid} is running`)

  for (let i = 0; i < availableParallelism(); i++) {
    cluster.fork()
  }

  cluster.on('exit', (worker, code, signal) => {
    console.log(`worker ${worker.process.pid} died with ${signal ?? code}`)
  })
} else {
  http
    .createServer((_req, res) => {
      res.writeHead(200)
      res.end('hello world\n')
    })
    .listen(Number(process.env.PORT))

  console.log(`Worker ${process.pid} started`)
}
