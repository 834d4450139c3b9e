// The pattern for a worker that throws: it stops listening, answers what it can, disconnects, and is replaced at once.
const http: typeof import('node:http') = require('node:http')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

if (cluster.isPrimary) {
  cluster.fork()
  cluster.fork()

  cluster.on('listening', (worker, { port }) =>
    console.log(`worker ${worker.process.pid} listens on ${port}`),
  )
  cluster.on('disconnect', (worker) => {
    console.error(`disconnect! ${worker.process.pid} ${worker.exitedAfterDisconnect}`)
    cluster.fork()
  })
  cluster.on('exit', (worker, code, signal) => {
    console.error(`exit! ${worker.process.pid} ${code} ${signal}`)
  })
} else {
  let failed: import('node:http').ServerResponse | undefined
  const server = http.createServer((req, res) => {
    res.setHeader('X-Pid', process.pid)
    if (req.url === '/error') {
      failed = res
      // Some async stuff, and then…
      setTimeout(() => (undefined as unknown as { toss(): void }).toss())
    } else res.end('ok')
  })
  server.listen(Number(process.env.PORT), '127.0.0.1')

  process.on('uncaughtException', (error) => {
    console.error(`${process.pid} failed: ${error.message}`)
    // Make sure we close down within 30 seconds, but don't keep the process open just for that.
    const killtimer = setTimeout(() => process.exit(1), 30000)
    killtimer.unref()
    // Stop taking new requests.
    server.close()
    // Let the primary know we're dead.
    cluster.worker!.disconnect()
    // Try to send an error to the request that triggered the problem.
    failed!.statusCode = 500
    failed!.setHeader('Connection', 'close')
    failed!.end('Oops, there was a problem!\n')
  })
}
