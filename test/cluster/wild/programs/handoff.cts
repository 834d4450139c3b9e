// Sticky sessions by hand: the primary accepts, and sends each connection to the worker that its address points to.
const http: typeof import('node:http') = require('node:http')
const net: typeof import('node:net') = require('node:net')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

if (cluster.isPrimary) {
  const workers: import('node:cluster').Worker[] = []
  const spawn = (i: number) => {
    workers[i] = cluster.fork()
    workers[i].on('exit', () => {
      console.log('respawning worker', i)
      spawn(i)
    })
  }
  for (let i = 0; i < 3; i++) spawn(i)

  const indexOf = (ip: string) => Number(ip.split('.').at(-1)) % workers.length

  const server = net.createServer({ pauseOnConnect: true }, (connection) => {
    workers[indexOf(connection.remoteAddress!)]!.send('sticky-session:connection', connection)
  })
  server.listen(Number(process.env.PORT), '127.0.0.1', () => {
    console.log(`primary listens on ${(server.address() as import('node:net').AddressInfo).port}`)
  })
} else {
  const server = http.createServer((req, res) => {
    res.writeHead(200, { 'X-Pid': process.pid, Connection: 'close' })
    res.end(`${cluster.worker!.id} ${req.socket.remoteAddress}`)
  })

  // Don't expose our internal server to the outside.
  server.listen(0, 'localhost', () => console.log(`worker ${process.pid} is there`))

  process.on('message', (message, connection: import('node:net').Socket) => {
    if (message !== 'sticky-session:connection') return
    // Emulate a connection event on the server by emitting the event with the connection the primary sent us.
    server.emit('connection', connection)
    connection.resume()
  })
}
