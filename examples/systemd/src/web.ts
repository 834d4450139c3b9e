/** An ordinary server, on both sockets of its group. */

import { createServer } from 'node:http'
import { worker } from '@manifold/core/worker'

for (const name of ['http', 'local']) {
  createServer((_request, response) => {
    response.end(`${name}, served by ${process.pid}\n`)
  }).listen(worker.socket(name))
}
