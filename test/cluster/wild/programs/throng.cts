// A service kept up by throng, as its README has it.
const http: typeof import('node:http') = require('node:http')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)
// It brings no types.
const throng: (options: {
  master?: () => unknown
  worker: (id: number, disconnect: () => void) => unknown
  count: number
  grace: number
}) => Promise<void> = require('throng')

cluster.on('listening', (worker, { port }) => console.log(`worker ${worker.process.pid} listens on ${port}`))

throng({
  master: () => console.log('the master starts'),
  worker: (id, disconnect) => {
    console.log(`worker ${id} of ${cluster.isWorker ? 'a cluster' : 'nobody'}`)
    http
      .createServer((_req, res) => {
        res.writeHead(200, { 'X-Pid': process.pid, Connection: 'close' })
        res.end('ok')
      })
      .listen(Number(process.env.PORT), '127.0.0.1')

    process.once('SIGTERM', () => {
      console.log(`worker ${id} cleans up`)
      disconnect()
    })
    process.once('exit', (code) => console.log(`worker ${id} exits with ${code}`))
  },
  count: 2,
  grace: 20_000,
})
