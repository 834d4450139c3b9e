import { renameSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { moment } from '../../helpers/moment.js'

/**
 * The app of every contestant. On SIGUSR2 it writes down how many connections it has got: of all the ways to ask a
 * worker, a signal is the one that no contestant's machinery carries, speeds up or slows down.
 */
let connections = 0
const { PORT, BENCH_COUNTS, BENCH_REUSE_PORT } = process.env
const pid = String(process.pid)

export const server = http.createServer((request, response) => {
  if (request.url === '/hang') hang()
  response.setHeader('x-pid', pid)
  response.end('ok')
})
server.on('connection', () => {
  connections++
})

server.listen({ port: Number(PORT), ...(BENCH_REUSE_PORT === '1' ? { reusePort: true } : {}) })

if (BENCH_COUNTS !== undefined) {
  process.on('SIGUSR2', () => {
    const file = `${BENCH_COUNTS}/${pid}`
    writeFileSync(`${file}.part`, String(connections))
    renameSync(`${file}.part`, file) // so that whoever sees the file sees all of it
  })
}

/** For ever, having noted who hangs since when. */
function hang(): never {
  const file = `${BENCH_COUNTS}/hung`
  writeFileSync(`${file}.part`, JSON.stringify({ pid: process.pid, at: moment() }))
  renameSync(`${file}.part`, file)
  for (;;);
}
