// The pattern of Node's documentation to end a worker whose connections may never end.
const net: typeof import('node:net') = require('node:net')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

if (cluster.isPrimary) {
  const worker = cluster.fork()
  let timeout: NodeJS.Timeout

  worker.on('listening', (address) => {
    console.log(`listening on ${address.port}, ${address.addressType}`)
  })

  worker.on('message', () => {
    worker.send('shutdown')
    worker.disconnect()
    timeout = setTimeout(() => {
      console.log('it does not end')
      worker.kill()
    }, Number(process.env.PATIENCE))
  })

  worker.on('disconnect', () => {
    clearTimeout(timeout)
    console.log(`disconnected, ${worker.isConnected()}`)
  })

  cluster.on('exit', (worker, code, signal) => {
    console.log(`exit ${code} ${signal} ${worker.exitedAfterDisconnect} ${worker.isDead()}`)
    if (worker.exitedAfterDisconnect === true) {
      console.log('Oh, it was just voluntary – no need to worry')
    }
  })
} else if (cluster.isWorker) {
  const sockets = new Set<import('node:net').Socket>()
  const server = net.createServer((socket) => {
    // Connections never end.
    sockets.add(socket)
    process.send!('a connection')
  })

  server.listen(0)

  process.on('message', (msg) => {
    if (msg === 'shutdown' && process.env.GRACEFUL === 'yes') {
      // Initiate graceful close of any connections to server.
      for (const socket of sockets) socket.end('bye\n')
    }
  })
}
