// A chat over several workers, as the documentation of @socket.io/sticky and @socket.io/cluster-adapter has it.
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)
const http: typeof import('node:http') = require('node:http')
const { Server }: typeof import('socket.io') = require('socket.io')
const { setupMaster, setupWorker }: typeof import('@socket.io/sticky') = require('@socket.io/sticky')
const {
  createAdapter,
  setupPrimary,
}: typeof import('@socket.io/cluster-adapter') = require('@socket.io/cluster-adapter')
const { serveChat }: { serveChat(io: import('socket.io').Server): void } = require('./chat.cjs')

if (cluster.isMaster) {
  console.log(`Master ${process.pid} is running`)

  const httpServer = http.createServer()

  setupMaster(httpServer, {
    loadBalancingMethod: 'least-connection',
  })

  setupPrimary()

  // Needed for packets that contain buffers.
  cluster.setupPrimary({
    serialization: 'advanced',
  } as import('node:cluster').ClusterSettings)

  httpServer.listen(Number(process.env.PORT), '127.0.0.1', () => {
    console.log(`listening on ${(httpServer.address() as import('node:net').AddressInfo).port}`)
  })

  // A message to a worker that has just died is an event of the worker.
  cluster.on('fork', (worker) => worker.on('error', () => {}))

  for (let i = 0; i < Number(process.env.WORKERS); i++) {
    cluster.fork()
  }

  cluster.on('exit', (worker) => {
    console.log(`Worker ${worker.process.pid} died`)
    cluster.fork()
  })
} else {
  const httpServer = http.createServer()
  const io = new Server(httpServer, { connectTimeout: 2000, upgradeTimeout: 2000 })

  io.adapter(createAdapter())

  setupWorker(io)

  serveChat(io)
  console.log(`Worker ${process.pid} started`)
}
