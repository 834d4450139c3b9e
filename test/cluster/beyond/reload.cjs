// The master behind it replaces workers one by one; each keeps the environment of its fork.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const { once } = require('node:events')
const trace = require('../trace.cjs')

async function main() {
  const [one, other] = [cluster.fork({ NAME: 'one' }), cluster.fork({ NAME: 'other' })]
  await Promise.all([once(one, 'listening'), once(other, 'listening')])
  const names = []
  cluster.on('message', (worker, name) => names.push(`${name}: ${worker.exitedAfterDisconnect}`))
  const gone = []
  cluster.on('exit', (worker, code, signal) =>
    gone.push([worker.id, worker.exitedAfterDisconnect, code, signal]),
  )
  await cluster.master.group('default').reload({ env: { ADDED: 'yes' } })
  trace(
    'gone',
    gone.sort(([a], [b]) => a - b),
  )
  trace('new', names.sort(), Object.keys(cluster.workers))
  cluster.disconnect()
}

if (cluster.isPrimary) main()
else {
  if (process.env.ADDED) process.send(process.env.NAME ?? 'nobody')
  http.createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
}
