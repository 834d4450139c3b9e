// A service that takes a new release by hand: on SIGHUP each worker is followed by another, and then told to go.
const http: typeof import('node:http') = require('node:http')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

type Worker = import('node:cluster').Worker

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork()

  cluster.on('listening', (worker, { port }) => {
    console.log(`worker ${worker.process.pid} listens on ${port}`)
  })

  cluster.on('exit', (worker, code, signal) => {
    const how = worker.exitedAfterDisconnect ? 'as asked' : 'unexpectedly'
    console.log(`worker ${worker.process.pid} left ${how} (${signal || code})`)
  })

  process.on('SIGHUP', () => {
    replace(Object.values(cluster.workers!) as Worker[])
  })

  function replace([old, ...others]: Worker[]) {
    if (old === undefined) {
      console.log('all workers are new')
      return
    }
    const fresh = cluster.fork()
    fresh.on('listening', () => {
      old.send('shutdown')
      old.disconnect()
      const timeout = setTimeout(() => {
        console.log(`worker ${old.process.pid} is killed`)
        old.kill('SIGKILL')
      }, 10_000)
      old.on('exit', () => {
        clearTimeout(timeout)
        replace(others)
      })
    })
  }
} else {
  let closing = false
  const server = http.createServer((_req, res) => {
    // What the primary says comes by another way than the requests: a client hears of it with its next response.
    if (closing) res.setHeader('Connection', 'close')
    res.writeHead(200, { 'X-Pid': process.pid })
    res.end('ok')
  })
  server.listen(Number(process.env.PORT), '127.0.0.1')

  process.on('message', (message) => {
    if (message === 'shutdown') closing = true
  })
}
