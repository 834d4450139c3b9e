// A worker that disconnects while what it wants to listen on is still being asked for ends all the same.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const http = require('node:http')
const net = require('node:net')
const { once } = require('node:events')
const trace = require('../trace.cjs')

const MOMENTS = { nextTick: process.nextTick, setImmediate, listening: undefined }
const SERVERS = {
  net: () => net.createServer().listen(0, '127.0.0.1'),
  http: () => http.createServer().listen(0, '127.0.0.1'),
  udp: () => dgram.createSocket('udp4').bind(0, '127.0.0.1'),
}

async function main() {
  for (const KIND of Object.keys(SERVERS)) {
    for (const MOMENT of Object.keys(MOMENTS)) {
      const [code, signal] = await once(cluster.fork({ KIND, MOMENT }), 'exit')
      trace(`${KIND} ${MOMENT}`, code, signal)
    }
  }
}

if (cluster.isPrimary) main()
else {
  const server = SERVERS[process.env.KIND]()
  const leave = () => cluster.worker.disconnect()
  const soon = MOMENTS[process.env.MOMENT]
  if (soon) soon(leave)
  else server.on('listening', leave)
}
