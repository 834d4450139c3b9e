import { isIP } from 'node:net'
import { parseArgs } from 'node:util'

export interface Options {
  http: number
  statsdUdp: number
  statsdTcp: number
  admin: number
  /** Of the master itself. */
  health: number
  /** The file that events are written to. */
  log: string | undefined
  /** Where web and ingest listen. Without it: on every interface. */
  host: string | undefined
  /** In each of the groups web and ingest. */
  workers: number
  flushMs: number
  help: boolean
}

/** Something is wrong with the command line. The message says what, and is all that the user needs to see. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const HELP = `Usage: npm start -- [options]

A service with four ports, in four groups of workers under one master, which has a fifth.

  --http <port>         the web application                      (8080)
  --statsd-udp <port>   StatsD over UDP                          (8125)
  --statsd-tcp <port>   StatsD over TCP                          (8126)
  --admin <port>        the status page, always on 127.0.0.1     (9090)
  --health <port>       the master's own health and metrics,
                        always on 127.0.0.1                      (9100)
  --log <file>          every event, as a line of JSON           (none)
  --host <address>      where web and StatsD listen              (every interface)
  --workers <number>    workers of web, and of ingest            (2)
  --flush-ms <number>   milliseconds between two StatsD reports  (5000)
  --help                this text

Port 0 takes a free port, which is then printed.`

export function parseOptions(argv: readonly string[]): Options {
  const values = parseFlags(argv)
  const options: Options = {
    http: integer('--http', values.http, 0, 65_535),
    statsdUdp: integer('--statsd-udp', values['statsd-udp'], 0, 65_535),
    statsdTcp: integer('--statsd-tcp', values['statsd-tcp'], 0, 65_535),
    admin: integer('--admin', values.admin, 0, 65_535),
    health: integer('--health', values.health, 0, 65_535),
    log: values.log,
    host: address('--host', values.host),
    workers: integer('--workers', values.workers, 1, 64),
    flushMs: integer('--flush-ms', values['flush-ms'], 10, 3_600_000),
    help: values.help,
  }
  checkPortsDiffer([
    ['--http', options.http],
    ['--statsd-tcp', options.statsdTcp],
    ['--admin', options.admin],
    ['--health', options.health],
  ])
  return options
}

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        http: { type: 'string', default: '8080' },
        'statsd-udp': { type: 'string', default: '8125' },
        'statsd-tcp': { type: 'string', default: '8126' },
        admin: { type: 'string', default: '9090' },
        health: { type: 'string', default: '9100' },
        log: { type: 'string' },
        host: { type: 'string' },
        workers: { type: 'string', default: '2' },
        'flush-ms': { type: 'string', default: '5000' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

function integer(flag: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new UsageError(`${flag} must be a whole number from ${min} to ${max}, but is '${text}'`)
}

function address(flag: string, text: string | undefined): string | undefined {
  if (text === undefined || isIP(text) !== 0) return text
  throw new UsageError(`${flag} must be an IP address, such as 127.0.0.1 or ::1, but is '${text}'`)
}

/** UDP has ports of its own, so only the TCP ones can be in each other's way. */
function checkPortsDiffer(ports: readonly (readonly [flag: string, port: number])[]): void {
  const owners = new Map<number, string>()
  for (const [flag, port] of ports) {
    const owner = owners.get(port)
    if (owner !== undefined && port !== 0) throw new UsageError(`${owner} and ${flag} both want port ${port}`)
    owners.set(port, flag)
  }
}
