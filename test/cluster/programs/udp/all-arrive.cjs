// Datagrams for two workers: each comes to one of them.
const cluster = require(process.env.CLUSTER)
const dgram = require('node:dgram')
const trace = require('../../trace.cjs')

const COUNT = 20
if (cluster.isPrimary) {
  const got = []
  cluster.on('message', (_, number) => {
    got.push(number)
    if (got.length < COUNT) return
    trace(
      'got',
      got.sort((one, other) => one - other),
    )
    cluster.disconnect()
  })
  cluster.on('listening', ({ id }, { port }) => {
    if (id === 1) return cluster.fork()
    const client = dgram.createSocket('udp4')
    let left = COUNT
    for (let i = 0; i < COUNT; i++)
      client.send(String(i), port, '127.0.0.1', () => --left === 0 && client.close())
  })
  cluster.fork()
} else {
  dgram.createSocket('udp4', (message) => process.send(Number(message))).bind(0, '127.0.0.1')
}
