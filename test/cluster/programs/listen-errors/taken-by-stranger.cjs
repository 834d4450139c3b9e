// A port that another process has, until it is gone: then the server can listen.
const { spawn } = require('node:child_process')
const cluster = require(process.env.CLUSTER)
const net = require('node:net')
const trace = require('../../trace.cjs')

if (process.env.STRANGER) {
  const server = net.createServer().listen(0, '127.0.0.1', () => process.send(server.address().port))
} else if (cluster.isPrimary) {
  const env = { ...process.env, STRANGER: 'yes' }
  const stranger = spawn(process.execPath, [__filename], {
    env,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  stranger.on('message', (port) => {
    const worker = cluster.fork({ PORT: port })
    worker.on('message', () => stranger.kill())
    stranger.on('exit', () => worker.send('gone'))
    cluster.on('listening', (_, info) => {
      trace('listening', info)
      if (worker.isConnected() && !worker.exitedAfterDisconnect) worker.disconnect()
    })
  })
} else {
  const server = net.createServer()
  trace.events(server, 'server', ['listening', 'error', 'close'])
  const listen = () => server.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
  server.on('error', () => process.send('taken'))
  process.on('message', listen)
  listen()
}
