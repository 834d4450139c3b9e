// A server with a close of its own, whose worker disconnects while a client keeps its connection.
const cluster = require(process.env.CLUSTER)
const http = require('node:http')
const { once } = require('node:events')
const trace = require('../../trace.cjs')

class Server extends http.Server {
  close(callback) {
    trace('closes', typeof callback)
    return super.close(callback)
  }
}

async function main() {
  const worker = cluster.fork()
  const [{ port }] = await once(worker, 'listening')
  const agent = new http.Agent({ keepAlive: true })
  const [response] = await once(http.get({ port, host: '127.0.0.1', agent }), 'response')
  await once(response.resume(), 'end')
  worker.disconnect()
  await once(worker, 'exit')
  trace('gone')
  agent.destroy()
}

if (cluster.isPrimary) main()
else new Server((_, response) => response.end()).listen(0, '127.0.0.1')
