// A connection that is kept alive stays with its worker.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const get = (port) =>
    new Promise((done) => {
      const request = http.get({ port, host: '127.0.0.1', agent }, (response) => {
        response.setEncoding('utf8').on('data', (text) => trace('response', text, request.reusedSocket))
        response.on('end', () => setImmediate(done))
      })
    })
  cluster.on('listening', async ({ id }, { port }) => {
    if (id === 1) return cluster.fork()
    for (let i = 0; i < 4; i++) await get(port)
    agent.destroy()
    cluster.disconnect(() => trace('callback'))
  })
  cluster.fork()
} else {
  let served = 0
  http.createServer((_, response) => response.end(`number ${++served}`)).listen(0, '127.0.0.1')
}
