import { toWire } from '../ipc/wire-error.js'
import { applicationListeners } from '../node-internals.js'
import type { WorkerChannel } from './runtime.js'

/** What Node exits with after an uncaught exception. */
const EXIT_CODE = 1

/**
 * From now on an uncaught exception, or an unhandled rejection, does not end this process at once: it is printed as
 * Node would, told to the master, and the worker finishes what it has. To be called when the worker is ready: what is
 * thrown before that is a start that fails, in Node's way.
 *
 * An application that has a listener of its own, or a capture callback, takes care itself, and nothing happens here.
 */
export function takeUncaught(channel: WorkerChannel, drain: () => void): void {
  if (wantsCore()) return
  let told = false
  let exiting = false
  // Asked before the event goes round: a listener of the application's that was for once only is gone by our turn.
  let others = false
  process.on('uncaughtExceptionMonitor', () => {
    others = hasOthers()
  })
  process.prependListener('exit', () => {
    exiting = true
  })
  process.on('uncaughtException', caught)

  function hasOthers(): boolean {
    return applicationListeners('uncaughtException').some((listener) => listener !== caught)
  }

  function caught(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
    const handled = others || hasOthers()
    others = false
    if (handled) return
    print(error)
    report(error)
    process.exitCode = EXIT_CODE
    tell(error, origin)
    // It was thrown on the way out, which ends here: nothing would call the process to its end again.
    if (exiting) process.exit(EXIT_CODE)
    drain()
  }

  /** The first one only: what follows is most likely of the same cause. */
  function tell(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
    if (told || !channel.open) return
    told = true
    channel.send({ t: 'uncaught', origin, error: toWire(error) })
  }
}

/** Like Node, but for the line of source. Never throws: within a listener of this event that would be the end. */
function print(error: unknown): void {
  try {
    // Not loaded with every worker for the one that fails.
    const { inspect } = process.getBuiltinModule('node:util')
    const text = inspect(error, { colors: process.stderr.hasColors?.() ?? false })
    const lead = error instanceof Error ? '' : 'Uncaught:\n'
    process.stderr.write(`${lead}${text}\n\nNode.js ${process.version}\n`)
  } catch {
    // A getter of the error's, or a stderr that is no more.
  }
}

/** Node writes its report only where nobody listens. */
function report(error: unknown): void {
  try {
    if (!process.report.reportOnUncaughtException) return
    process.report.writeReport(error instanceof Error ? error : new Error(toWire(error).message))
  } catch {
    // It was a help, not more.
  }
}

/** V8 aborts where an exception is thrown, but Node where a rejection is not handled: only if nobody listens. */
function wantsCore(): boolean {
  const options = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`
  return /(?:^|\s)--abort[-_]on[-_]uncaught[-_]exception(?:\s|$)/.test(options)
}
