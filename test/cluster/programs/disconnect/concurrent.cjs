// Workers that are disconnected as soon as they listen, while others are still starting.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const freePort = require('../../free-port.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const ended = []
  cluster.on('listening', (worker) => worker.disconnect())
  cluster.on('exit', ({ id, exitedAfterDisconnect }, code) => ended.push([id, code, exitedAfterDisconnect]))
  freePort().then((port) => {
    for (let i = 0; i < 4; i++) cluster.fork({ PORT: port })
  })
  process.on('exit', () => trace('ended', ended.sort()))
} else {
  net.createServer().listen(process.env.PORT, '127.0.0.1')
}
