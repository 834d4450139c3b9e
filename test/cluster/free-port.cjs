// A port on which nobody listens, by TCP and UDP, below those that the system gives to whoever asks for none.

const dgram = require('node:dgram')
const { once } = require('node:events')
const net = require('node:net')

module.exports = async function freePort() {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    const server = net.createServer().listen(port)
    const udp = dgram.createSocket('udp6').bind(port)
    try {
      await Promise.all([once(server, 'listening'), once(udp, 'listening')])
      await Promise.all([once(server.close(), 'close'), once(udp.close(), 'close')])
      return port
    } catch {
      for (const socket of [server, udp]) {
        socket.on('error', () => {})
        try {
          socket.close()
        } catch {
          // It was not bound.
        }
      }
    }
  }
}
