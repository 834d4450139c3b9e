const http: typeof import('node:http') = require('node:http')
const cluster: typeof import('node:cluster') = require(process.env.CLUSTER!)

const server = http.createServer((req, res) => {
  const { GREETING, CFORK_WORKER_INDEX, CFORK_WORKER_COUNT } = process.env
  res.writeHead(200, { 'X-Pid': process.pid, Connection: 'close' })
  res.end(
    `${GREETING} ${CFORK_WORKER_INDEX}/${CFORK_WORKER_COUNT} ${process.argv.slice(2).join('=')}`,
    () => {
      if (req.url === '/exit') process.exit(3)
      if (req.url === '/disconnect') cluster.worker!.disconnect()
    },
  )
})
server.listen(Number(process.env.PORT), '127.0.0.1')
