// Two workers of any server.
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

cluster.setupPrimary({ exec: process.env.APP! })
for (let i = 0; i < 2; i++) cluster.fork()

cluster.on('listening', (worker, { address, port, addressType }) => {
  console.log(`worker ${worker.process.pid} listens on ${address} ${port} ${addressType}`)
})
