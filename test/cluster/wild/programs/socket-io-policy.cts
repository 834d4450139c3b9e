// The same chat without @socket.io/sticky: the policy of the cluster brings a client back to its worker.
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)
const http: typeof import('node:http') = require('node:http')
const { Server }: typeof import('socket.io') = require('socket.io')
const {
  createAdapter,
  setupPrimary,
}: typeof import('@socket.io/cluster-adapter') = require('@socket.io/cluster-adapter')
const { serveChat }: { serveChat(io: import('socket.io').Server): void } = require('./chat.cjs')

if (cluster.isPrimary) {
  setupPrimary()
  // A number, for who knows Node's own only.
  ;(cluster as { schedulingPolicy: unknown }).schedulingPolicy = 'sticky'
  cluster.setupPrimary({ serialization: 'advanced' } as import('node:cluster').ClusterSettings)

  for (let i = 0; i < Number(process.env.WORKERS); i++) cluster.fork()

  cluster.on('listening', (worker, { port }) => {
    console.log(`listening on ${port}`)
    // From now on some clients are its own.
    console.log(`Worker ${worker.process.pid} started`)
  })
  cluster.on('exit', (worker) => {
    console.log(`Worker ${worker.process.pid} died`)
    cluster.fork()
  })
} else {
  const httpServer = http.createServer()
  const io = new Server(httpServer, { connectTimeout: 2000, upgradeTimeout: 2000 })
  io.adapter(createAdapter())
  serveChat(io)
  httpServer.listen(Number(process.env.PORT), '127.0.0.1')
}
