import { type ErrorCode, ManifoldError } from '../errors.js'
import { STANDBY } from '../ipc/protocol.js'
import { type ExitReason, formatExit } from './exit-reason.js'

/** What is known of a worker that did not come up. */
export interface StartFailure {
  readonly group: string
  /** -1 if it stood by, without a slot. */
  readonly slot: number
  readonly pid: number | undefined
  /** How it ended; undefined if it is alive but did not get ready in time. */
  readonly reason: ExitReason | undefined
  /** What else its master saw: a refused address, for example. */
  readonly notes: readonly string[]
  /** The end of what it wrote to stderr. */
  readonly stderr: string
}

/** A worker ended, or its time was over, before it was ready. The message quotes the end of its stderr. */
export class StartError extends ManifoldError {
  readonly failure: StartFailure

  constructor(code: ErrorCode, failure: StartFailure, readyTimeoutMs: number) {
    const { group, slot, pid, reason } = failure
    const seat = slot === STANDBY ? 'standing by' : `slot ${slot}`
    const who = `worker of group '${group}', ${seat}${pid === undefined ? '' : ` (pid ${pid})`}`
    const what = reason
      ? `ended before it was ready: ${formatExit(reason)}`
      : `was not ready within ${readyTimeoutMs} ms`
    super(code, `${who} ${what}${details(failure)}`, {
      cause: reason?.type === 'unspawned' ? reason.error : undefined,
    })
    this.name = 'StartError'
    this.failure = failure
  }
}

function details({ notes, stderr }: StartFailure): string {
  const lines = notes.map((note) => `\n  ${note}`)
  if (stderr !== '') lines.push(`\n  its stderr ended with:\n    ${stderr.replaceAll('\n', '\n    ')}`)
  return lines.join('')
}
