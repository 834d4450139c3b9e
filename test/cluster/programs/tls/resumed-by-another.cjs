// A TLS session that one worker began is resumed by another: they share the keys of tickets.
const cluster = require(process.env.CLUSTER)
const tls = require('node:tls')
const certificate = require('../../certificate.cjs')
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  let made
  certificate().then((env) => {
    made = env
    cluster.fork(env)
  })
  const connect = (port, session) =>
    new Promise((done) => {
      let next
      const client = tls.connect({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        session,
        maxVersion: 'TLSv1.2',
      })
      client.on('session', (session) => (next = session))
      client.on('data', (id) => trace('served', String(id), client.isSessionReused()))
      client.on('close', () => done(next ?? session))
    })
  cluster.on('listening', async ({ id }, { port }) => {
    if (id === 1) return cluster.fork(made)
    let session
    for (let i = 0; i < 4; i++) session = await connect(port, session)
    cluster.disconnect()
  })
} else {
  const { KEY: key, CERT: cert } = process.env
  const server = tls.createServer({ key, cert }, (socket) => socket.end('worker')).listen(0, '127.0.0.1')
  server.on('tlsClientError', ({ code }) => trace('error', code))
}
