/**
 * Every failure of the framework is a `ManifoldError` with a stable `code`. Match the code, not the message.
 *
 * | code | what happened |
 * | --- | --- |
 * | `ERR_MANIFOLD_OPTION` | an option has a wrong value |
 * | `ERR_MANIFOLD_SOCKET` | a socket could not be bound or adopted; `systemCode` tells which error of the system |
 * | `ERR_MANIFOLD_ADDRESS_TAKEN` | two groups of one master want the same address |
 * | `ERR_MANIFOLD_START` | a worker could not be started, or ended before it was ready |
 * | `ERR_MANIFOLD_READY_TIMEOUT` | a worker did not get ready in time |
 * | `ERR_MANIFOLD_CANARY` | a worker that a reload had started went by itself before the reload was over |
 * | `ERR_MANIFOLD_PROTOCOL` | the two ends of a channel speak different versions |
 * | `ERR_MANIFOLD_CHANNEL_CLOSED` | the other process is gone, or has closed its channel |
 * | `ERR_MANIFOLD_CHANNEL_FULL` | too many messages wait for the other process |
 * | `ERR_MANIFOLD_TIMEOUT` | an answer did not come in time |
 * | `ERR_MANIFOLD_ABORTED` | the caller gave up (`AbortSignal`) |
 * | `ERR_MANIFOLD_NO_HANDLER` | nobody answers requests of that name |
 * | `ERR_MANIFOLD_NO_WORKER` | the group that was asked has no worker that is ready |
 * | `ERR_MANIFOLD_BACKLOG_FULL` | so many connections wait for the workers of a group that no more are accepted |
 * | `ERR_MANIFOLD_LOG` | the event log cannot be written |
 * | `ERR_MANIFOLD_ALERT` | an alert could not be delivered |
 * | `ERR_MANIFOLD_GUARDED` | the service has a guardian already, or runs on after it has died |
 * | `ERR_MANIFOLD_STATE` | the call does not fit the state of the thing |
 * | `ERR_MANIFOLD_STOPPED` | the master or the group is stopping |
 */
export type ErrorCode =
  | 'ERR_MANIFOLD_OPTION'
  | 'ERR_MANIFOLD_SOCKET'
  | 'ERR_MANIFOLD_ADDRESS_TAKEN'
  | 'ERR_MANIFOLD_START'
  | 'ERR_MANIFOLD_READY_TIMEOUT'
  | 'ERR_MANIFOLD_CANARY'
  | 'ERR_MANIFOLD_PROTOCOL'
  | 'ERR_MANIFOLD_CHANNEL_CLOSED'
  | 'ERR_MANIFOLD_CHANNEL_FULL'
  | 'ERR_MANIFOLD_TIMEOUT'
  | 'ERR_MANIFOLD_ABORTED'
  | 'ERR_MANIFOLD_NO_HANDLER'
  | 'ERR_MANIFOLD_NO_WORKER'
  | 'ERR_MANIFOLD_BACKLOG_FULL'
  | 'ERR_MANIFOLD_LOG'
  | 'ERR_MANIFOLD_ALERT'
  | 'ERR_MANIFOLD_GUARDED'
  | 'ERR_MANIFOLD_STATE'
  | 'ERR_MANIFOLD_STOPPED'

export class ManifoldError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'ManifoldError'
    this.code = code
  }
}

/** A wrong option. The message names the option, what is expected, and what was given. */
export class OptionError extends ManifoldError {
  readonly option: string
  readonly expected: string
  readonly value: unknown

  constructor(option: string, expected: string, value: unknown) {
    super('ERR_MANIFOLD_OPTION', `option '${option}' must be ${expected}, but is ${show(value)}`)
    this.name = 'OptionError'
    this.option = option
    this.expected = expected
    this.value = value
  }
}

/** A socket that could not be held. `systemCode` is the system's own word: `EADDRINUSE`, `EACCES`, `ENOTFOUND`… */
export class SocketError extends ManifoldError {
  readonly socket: string
  readonly address: string
  readonly systemCode: string
  /** The negative error number of libuv, as Node's system errors carry it. */
  readonly errno: number

  constructor(
    socket: string,
    address: string,
    systemCode: string,
    errno: number,
    why: string,
    cause?: unknown,
  ) {
    super('ERR_MANIFOLD_SOCKET', `socket '${socket}' cannot use ${address}: ${why} (${systemCode})`, {
      cause,
    })
    this.name = 'SocketError'
    this.socket = socket
    this.address = address
    this.systemCode = systemCode
    this.errno = errno
  }
}

/** Shows a value in a message: short, on one line, with its type where that is not obvious. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `'${value.length > 80 ? `${value.slice(0, 77)}…` : value}'`
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value)
  if (typeof value === 'function') return `a function (${value.name || 'anonymous'})`
  if (Array.isArray(value)) return `an array of ${value.length}`
  return `an object (${value.constructor?.name ?? 'no prototype'})`
}
