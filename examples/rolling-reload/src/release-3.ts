/** Release 3 of the service: it starts, it gets ready, it even answers; and then it turns out to be broken. */

import { serve } from './service.js'

const BREAKS_AFTER_MS = 200

const server = serve('3')

server.once('listening', () => {
  setTimeout(() => {
    throw new Error("there is no column 'plan'")
  }, BREAKS_AFTER_MS)
})

// As a good program it finishes what it has begun, though it does not trust itself any further.
process.once('uncaughtException', ({ message }) => {
  console.error(`release 3: ${message}`)
  process.exitCode = 1
  process.kill(process.pid, 'SIGTERM')
})
