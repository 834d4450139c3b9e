import { renameSync, writeFileSync } from 'node:fs'
import http from 'node:http'

/**
 * The app of every contestant. On SIGUSR2 it writes down how many connections it has got: of all the ways to ask a
 * worker, a signal is the one that no contestant's machinery carries, speeds up or slows down.
 */
let connections = 0
const pid = String(process.pid)

export const server = http.createServer((_request, response) => {
  response.setHeader('x-pid', pid)
  response.end('ok')
})
server.on('connection', () => {
  connections++
})

const { PORT, BENCH_COUNTS, BENCH_REUSE_PORT } = process.env
server.listen({ port: Number(PORT), ...(BENCH_REUSE_PORT === '1' ? { reusePort: true } : {}) })

if (BENCH_COUNTS !== undefined) {
  process.on('SIGUSR2', () => {
    const file = `${BENCH_COUNTS}/${pid}`
    writeFileSync(`${file}.part`, String(connections))
    renameSync(`${file}.part`, file) // so that whoever sees the file sees all of it
  })
}
