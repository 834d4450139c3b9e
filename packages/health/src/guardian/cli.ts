import { parseArgs } from 'node:util'
import { ManifoldError, OptionError } from '@manifold/core'
import { guard } from './guard.js'
import type { GuardOptions } from './options.js'

const USAGE = `Usage: manifold-guard [options] master.js [arguments of master.js]

Runs the program of a master, and keeps its service going when it dies or is upgraded.

  --name NAME                what the service is called
  --cwd DIRECTORY            where the master runs
  --node PATH                the Node of the master
  --node-option OPTION       for that Node; as often as needed
  --fd NUMBER                an inherited descriptor for the master; as often as needed
  --settle-timeout-ms MS     how long a new master may take (60000)
  --beat-timeout-ms MS       how long a master may be silent (2500; 0: for ever)
  --log FILE                 events, as lines of JSON
  --alert-command COMMAND    run when something goes wrong, with the alert on its input
  --alert-webhook URL        the same, by a POST request
  -h, --help

SIGTERM and SIGINT stop it (the second kills), SIGHUP and SIGUSR2 start a new master that takes over.
`

const OPTIONS = {
  name: { type: 'string' },
  cwd: { type: 'string' },
  node: { type: 'string' },
  'node-option': { type: 'string', multiple: true },
  fd: { type: 'string', multiple: true },
  'settle-timeout-ms': { type: 'string' },
  'beat-timeout-ms': { type: 'string' },
  log: { type: 'string' },
  'alert-command': { type: 'string' },
  'alert-webhook': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** The exit code of wrong usage. */
const USAGE_CODE = 2

/** `manifold-guard`: what `guard()` does, from a command line. */
export async function main(line: readonly string[]): Promise<void> {
  try {
    const parsed = parse(line)
    if (!parsed) {
      process.stdout.write(USAGE)
      return
    }
    await guard(parsed.master, parsed.options)
  } catch (error) {
    // Stopped by a signal before it had started: that is what was asked for.
    if (error instanceof ManifoldError && error.code === 'ERR_MANIFOLD_STOPPED') return
    const usage =
      error instanceof OptionError || Reflect.get(Object(error), 'code')?.startsWith('ERR_PARSE_ARGS')
    process.stderr.write(`manifold-guard: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = usage ? USAGE_CODE : 1
  }
}

/** Undefined where help is wanted. Throws as `parseArgs` does, and `OptionError`s. */
export function parse(line: readonly string[]): { master: string; options: GuardOptions } | undefined {
  const own = ownPart(line)
  const { values } = parseArgs({ args: [...line.slice(0, own)], options: OPTIONS, strict: true })
  if (values.help) return undefined
  const [master, ...args] = line.slice(own)
  if (master === undefined) throw new OptionError('master.js', 'given (--help tells how)', undefined)
  const { name, cwd, node, log: file, fd, 'node-option': execArgv } = values
  const settleTimeoutMs = numberOf('--settle-timeout-ms', values['settle-timeout-ms'])
  const timeoutMs = numberOf('--beat-timeout-ms', values['beat-timeout-ms'])
  const command = values['alert-command']
  const webhook = values['alert-webhook']
  const options = {
    ...{ name, cwd, execPath: node, execArgv, args, settleTimeoutMs },
    fds: fd?.map((text) => numberOf('--fd', text)),
    heartbeat: timeoutMs === 0 ? false : timeoutMs === undefined ? undefined : { timeoutMs },
    log: file === undefined ? undefined : { file },
    alerts: command === undefined && webhook === undefined ? undefined : { command, webhook },
  }
  return { master, options: withoutUndefined(options) as GuardOptions }
}

/** How many arguments there are before the script: what comes after it is its own. */
function ownPart(line: readonly string[]): number {
  for (let index = 0; index < line.length; index++) {
    const word = line[index]!
    if (word === '--') return index + 1
    if (!word.startsWith('-')) return index
    const option = OPTIONS[word.replace(/^--/, '') as keyof typeof OPTIONS]
    if (option?.type === 'string') index++
  }
  return line.length
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new OptionError(option, 'a whole number', text)
  return Number(text)
}

function withoutUndefined(value: object): object {
  const given = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    given.map(([key, item]) => [key, isPlain(item) ? withoutUndefined(item as object) : item]),
  )
}

function isPlain(item: unknown): boolean {
  return typeof item === 'object' && item !== null && !Array.isArray(item)
}
