/** The master: four groups of workers on four ports, and a console that says what happens to them. */

import { Master, type SocketAddress } from '@manifold/groups'
import { supervise } from '@manifold/health'
import { HELP, type Options, parseOptions, UsageError } from './options.js'
import './requests.js'
import { eventLine, listeningLines, reasonText, tryLines } from './report.js'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

// Longer than the slowest route of the web application takes.
const DRAIN_TIMEOUT_MS = 10_000

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) return print(HELP)

  const master = createMaster(options)
  const health = supervise(master, {
    restart: { minDelayMs: 100, maxDelayMs: 10_000 },
    http: options.health,
    ...(options.log === undefined ? {} : { log: { file: options.log } }),
  })
  master.handle('status', () => master.status())
  master.on('ready', (worker) => print(eventLine('ready', worker)))
  master.on('draining', (worker) => print(eventLine('draining', worker)))
  master.on('exit', (worker, reason) => print(eventLine('exit', worker, reasonText(reason))))
  const stopping = reportStop(master)
  master.stopOn(...SIGNALS)

  print(`Starting, master pid ${process.pid}`)
  let endpoint: SocketAddress
  try {
    ;[endpoint] = await Promise.all([health.endpoint(), master.start()])
  } catch (error) {
    await master.stop()
    // Who asks to stop while we start gets no service, but no error either.
    if (stopping.asked) return
    throw error
  }
  print('', ...listeningLines(master.status(), endpoint), '', ...tryLines(master.status(), endpoint), '')
}

function createMaster({ http, statsdUdp, statsdTcp, admin, host, workers, flushMs }: Options): Master {
  const where = host === undefined ? {} : { host }
  return new Master({
    groups: {
      web: {
        exec: new URL('./web.js', import.meta.url),
        workers,
        drainTimeoutMs: DRAIN_TIMEOUT_MS,
        listen: { http: { port: http, ...where } },
        env: { PORT: String(http), HOST: host },
      },
      ingest: {
        exec: new URL('./ingest.js', import.meta.url),
        workers,
        drainTimeoutMs: DRAIN_TIMEOUT_MS,
        listen: { udp: { udp: statsdUdp, ...where }, tcp: { port: statsdTcp, ...where } },
        env: { FLUSH_MS: String(flushMs) },
      },
      store: { exec: new URL('./store.js', import.meta.url), ready: 'manual' },
      admin: {
        exec: new URL('./admin.js', import.meta.url),
        drainTimeoutMs: DRAIN_TIMEOUT_MS,
        listen: { http: { port: admin, host: '127.0.0.1' } },
      },
    },
  })
}

/** The master stops by itself on these signals; joining that one stop tells when it is done. */
function reportStop(master: Master): { asked: boolean } {
  const stopping = { asked: false }
  const report = async (signal: string) => {
    if (stopping.asked) return
    stopping.asked = true
    print(`Stopping, on ${signal}`)
    await master.stop()
    print(`Stopped after ${Math.round(process.uptime())} s`)
  }
  for (const signal of SIGNALS) process.once(signal, report)
  return stopping
}

function print(...lines: string[]): void {
  console.log(lines.join('\n'))
}

try {
  await main()
} catch (error) {
  process.exitCode = error instanceof UsageError ? 2 : 1
  console.error(`telemetry: ${(error as Error).message}`)
  if (error instanceof UsageError) console.error('Try --help.')
}
