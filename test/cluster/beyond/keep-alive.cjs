// A rolling restart by hand, under clients that keep their connections: no request fails.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const { once } = require('node:events')
const trace = require('../trace.cjs')

const CLIENTS = 8
const RESTARTS = 6

async function main() {
  const [one, other] = [cluster.fork(), cluster.fork()]
  const [[{ port }]] = await Promise.all([once(one, 'listening'), once(other, 'listening')])
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS })
  const failed = []
  let answered = 0
  let over = false
  const get = () =>
    new Promise((resolve) => {
      const request = http.get({ port, host: '127.0.0.1', agent }, (response) => {
        response.resume().once('end', () => resolve(answered++))
      })
      request.once('error', ({ code }) => resolve(failed.push(code)))
    })
  const client = async () => {
    while (!over) await get()
  }
  const clients = Array.from({ length: CLIENTS }, client)
  for (let restarts = 0; restarts < RESTARTS; restarts++) {
    const [old] = Object.values(cluster.workers)
    await once(cluster.fork(), 'listening')
    old.disconnect()
    const [code] = await once(old, 'exit')
    if (code !== 0) trace('exit', code)
  }
  over = true
  await Promise.all(clients)
  trace('failed', failed, answered > CLIENTS)
  agent.destroy()
  cluster.disconnect()
}

if (cluster.isPrimary) main()
else http.createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
