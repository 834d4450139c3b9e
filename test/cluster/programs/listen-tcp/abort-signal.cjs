// A signal that closes a server, also before it listens.
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => trace('exit', code))
} else {
  const controller = new AbortController()
  const server = net.createServer()
  trace.events(server, 'server', ['listening', 'close', 'error'])
  server.listen({ port: 0, signal: controller.signal }, () => controller.abort())
  server.on('close', () => {
    const aborted = net.createServer()
    trace.events(aborted, 'aborted', ['listening', 'close', 'error'])
    aborted.on('close', () => setTimeout(() => process.disconnect(), 100)) // when the primary has answered
    aborted.listen({ port: 0, signal: AbortSignal.abort() })
  })
}
