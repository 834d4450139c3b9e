import { isIPv4 } from 'node:net'
import { parseArgs } from 'node:util'
import type { GroupOptions } from '@manifold/groups'

export interface Options {
  port: number
  host: string
  workers: number
  policy: (typeof POLICIES)[number]
  /** With the policy `sticky`: what tells one client from another. */
  by: (typeof MARKS)[number]
  help: boolean
}

const POLICIES = ['sticky', 'round-robin', 'auto'] as const
const MARKS = ['address', 'header', 'cookie'] as const

/** By which the page marks each browser, for the policy to find. */
export const COOKIE = 'chat'

/** Something is wrong with the command line. The message says what, and is all that the user needs to see. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const HELP = `Usage: npm run start:sticky -- [options]

A Socket.IO chat over several workers. A client that polls must reach the worker that has its session with every
request, whatever connection it comes on.

  --port <port>       where the chat is; 0 takes a free one   (8080)
  --host <address>    on which it listens                     (127.0.0.1)
  --workers <number>  from 1 to 64                            (4)
  --policy <name>     sticky, or to see polling fail:
                      round-robin, auto                       (sticky)
  --by <mark>         what tells clients apart:               (address)
                        address  that of the connection
                        header   X-Forwarded-For, from a proxy that keeps the connections of its clients apart
                        cookie   '${COOKIE}', which the page sets
  --help              this text`

export function parseOptions(argv: readonly string[]): Options {
  const values = parseFlags(argv)
  if (!isIPv4(values.host))
    throw new UsageError(`--host must be an IPv4 address, such as 127.0.0.1, but is '${values.host}'`)
  return {
    port: integer('--port', values.port, 0, 65_535),
    host: values.host,
    workers: integer('--workers', values.workers, 1, 64),
    policy: oneOf('--policy', values.policy, POLICIES),
    by: oneOf('--by', values.by, MARKS),
    help: values.help,
  }
}

/** The option `policy` of the group. */
export function policyOf({
  policy,
  by,
}: Pick<Options, 'policy' | 'by'>): NonNullable<GroupOptions['policy']> {
  if (policy !== 'sticky') return policy
  const marks = {
    address: 'address',
    header: { header: 'x-forwarded-for' },
    cookie: { cookie: COOKIE },
  } as const
  return { sticky: marks[by] }
}

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string', default: '8080' },
        host: { type: 'string', default: '127.0.0.1' },
        workers: { type: 'string', default: '4' },
        policy: { type: 'string', default: 'sticky' },
        by: { type: 'string', default: 'address' },
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

function oneOf<const Choice extends string>(flag: string, text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((name) => name === text)
  if (choice !== undefined) return choice
  throw new UsageError(`${flag} must be one of ${choices.join(', ')}, but is '${text}'`)
}
