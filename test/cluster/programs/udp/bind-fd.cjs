// A datagram socket by the number of a descriptor that the primary has inherited.
const { spawn } = require('node:child_process')
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

if (!process.env.PORT) {
  const own = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
    const env = { ...process.env, PORT: own.address().port }
    const fd = Object.getOwnPropertySymbols(own)
      .map((symbol) => own[symbol]?.handle?.fd)
      .find((fd) => fd > 0)
    spawn(process.execPath, [__filename], { env, stdio: ['inherit', 'inherit', 'inherit', fd] }).on(
      'spawn',
      () => own.close(),
    )
  })
} else if (cluster.isPrimary) {
  const worker = cluster.fork()
  cluster.on('listening', (_, { address, port, addressType, fd }) => {
    trace('listening', address, port === Number(process.env.PORT), addressType, fd)
    const client = dgram.createSocket('udp4')
    client.send('hello', Number(process.env.PORT), '127.0.0.1', () => client.close())
  })
  worker.on('message', (message) => trace('message', message) ?? worker.kill())
} else {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (message) => process.send(String(message)))
  socket.on('error', (error) => trace('error', error) ?? process.exit(1))
  socket.bind({ fd: 3 }, () => trace('bound', socket.address().port === Number(process.env.PORT)))
}
