/** The master: one group of workers, of which each client always reaches the same one. */

import { formatExit } from '@manifold/core'
import { Master } from '@manifold/groups'
import { supervise } from '@manifold/health'
import './messages.js'
import { HELP, type Options, parseOptions, policyOf, UsageError } from './options.js'

const DRAIN_TIMEOUT_MS = 5_000

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) return console.log(HELP)

  const master = createMaster(options)
  supervise(master)
  master.handle('say', (message) => {
    master.group('chat').broadcast('said', message)
  })
  master.on('ready', (worker) => console.log(`  ready  ${worker.group}/${worker.slot}  pid ${worker.pid}`))
  master.on('exit', (worker, reason) => {
    console.log(`  exit   ${worker.group}/${worker.slot}  pid ${worker.pid}  ${formatExit(reason)}`)
  })
  master.stopOn('SIGINT', 'SIGTERM')
  await master.start()

  const http = master.group('chat').address('http')
  if (http.type !== 'tcp') throw new TypeError('Not a socket with a port')
  console.log(`Chat on http://${options.host}:${http.port}/, in two windows; Ctrl-C to stop`)
}

function createMaster(options: Options) {
  return new Master({
    groups: {
      chat: {
        exec: new URL('./chat.js', import.meta.url),
        workers: options.workers,
        policy: policyOf(options),
        drainTimeoutMs: DRAIN_TIMEOUT_MS,
        listen: { http: { port: options.port, host: options.host } },
      },
    },
  })
}

try {
  await main()
} catch (error) {
  process.exitCode = error instanceof UsageError ? 2 : 1
  console.error(`sticky: ${(error as Error).message}`)
  if (error instanceof UsageError) console.error('Try --help.')
}
