import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

// So that there are always requests inside of a worker, whenever it is replaced.
const WORK_MS = 5

/** What all releases have in common. Each says with every answer which one it is. */
export function serve(release: string): Server {
  const server = createServer(async (_request, response) => {
    await sleep(WORK_MS)
    response.end(release)
  })
  return server.listen(0, '127.0.0.1')
}
