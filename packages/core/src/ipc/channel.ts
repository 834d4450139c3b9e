import type { Clock } from '../clock.js'
import { log } from '../debug.js'
import { ManifoldError } from '../errors.js'
import type { Handle, Port } from '../node-internals.js'
import { Pending } from './pending.js'
import type { Exchange } from './protocol.js'
import { fromWire, toWire } from './wire-error.js'

const debug = log('channel')

type Message = { readonly t: string }
type Requests<Table> = { [Name in keyof Table]: [question: unknown, answer: unknown] }

/** One handler for each kind of message that the other side may send. */
export type Handlers<In extends Message> = {
  readonly [T in In['t']]: (message: Extract<In, { t: T }>, handle: Handle | undefined) => void
}

/** One answer for each kind of request that the other side may make. */
export type Answers<Table extends Requests<Table>> = {
  readonly [Name in keyof Table]: (question: Table[Name][0]) => Table[Name][1] | Promise<Table[Name][1]>
}

export interface ChannelOptions {
  readonly clock: Clock
  /** The other side, for messages of errors: "worker 3 of group 'web'". */
  readonly peer: string
  /** How many messages may wait for the other side before sending fails. */
  readonly maxQueued: number
}

/**
 * The typed channel to one other process.
 *
 * Node keeps one handle in flight until the other side has confirmed it, and queues every later message behind it
 * without bound; a message is counted here from `send` until it has been written, and past `maxQueued` sending fails
 * with `ERR_MANIFOLD_CHANNEL_FULL`. When the other process dies, Node never runs the callbacks of what was queued:
 * whoever watches that process must call `close`, and everything that waits is settled then.
 */
export class Channel<
  In extends Message,
  Out extends Message,
  Asked extends Requests<Asked>,
  Asking extends Requests<Asking>,
> {
  readonly #port: Port
  readonly #options: ChannelOptions
  readonly #pending: Pending
  /** Handles on their way, oldest first: what to do if one does not arrive. */
  readonly #handles: ((arrived: boolean) => void)[] = []
  #queued = 0
  #closed: ManifoldError | undefined

  constructor(port: Port, options: ChannelOptions) {
    this.#port = port
    this.#options = options
    this.#pending = new Pending(options.clock)
  }

  /** Messages that have not left this process yet. */
  get queued(): number {
    return this.#queued
  }

  get open(): boolean {
    return this.#closed === undefined && this.#port.connected
  }

  /** Starts to deliver. Messages of a kind that no handler knows are left alone: a newer peer may send them. */
  receive(handlers: Handlers<In>, answers: Answers<Asked>): void {
    const table = handlers as unknown as Record<
      string,
      (message: Message, handle: Handle | undefined) => void
    >
    this.#port.listen({
      message: (body, handle) => {
        const message = body as Exchange | In
        if (message.t === 'request') this.#answer(message as Extract<Exchange, { t: 'request' }>, answers)
        else if (message.t === 'reply') this.#settle(message as Extract<Exchange, { t: 'reply' }>)
        else if (Object.hasOwn(table, message.t)) table[message.t]?.(message, handle)
      },
      handleAnswered: (arrived) => this.#handles.shift()?.(arrived),
    })
  }

  /**
   * Sends a message of the framework's own. There are only so many of them, so that they are always let through: a
   * worker must not fail because its master is busy. Throws `ERR_MANIFOLD_CHANNEL_CLOSED`.
   */
  send(message: Out): void {
    this.#post(message, undefined)
  }

  /**
   * Sends a handle along; our copy stays open. `answered` is told whether the handle reached the other process,
   * and false when that process died before it could say so. Throws `ERR_MANIFOLD_CHANNEL_FULL` too.
   */
  sendHandle(message: Out, handle: Handle, answered: (arrived: boolean) => void): void {
    this.#refuseIfFull()
    this.#post(message, handle, (error) => {
      // It never left this process (the handle was closed while it waited): nobody will confirm it.
      const at = error ? this.#handles.indexOf(answered) : -1
      if (at >= 0) this.#handles.splice(at, 1)[0]?.(false)
    })
    this.#handles.push(answered)
  }

  /** Sends what the application wants to say; it arrives as an ordinary 'message'. */
  sendOwn(message: unknown): void {
    this.#refuseIfFull()
    this.#count((written) => this.#port.postOwn(message, written))
  }

  /** Asks, and waits for the answer for `timeoutMs` at the most. */
  async request<Name extends keyof Asking & string>(
    name: Name,
    payload: Asking[Name][0],
    limits: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<Asking[Name][1]> {
    return this.#pending.wait(`request '${name}' to ${this.#options.peer}`, limits, (id) => {
      this.#refuseIfFull()
      this.#post({ t: 'request', id, name, payload }, undefined)
    })
  }

  /** Settles everything that waits. To be called once the other process is known to be gone. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = this.#gone()
    this.#pending.settleAll(this.#closed)
    for (const answered of this.#handles.splice(0)) answered(false)
  }

  #post(message: object, handle: Handle | undefined, then?: (error: Error | null) => void): void {
    this.#count((written) => this.#port.post(message, handle, written), then)
  }

  #count(post: (written: (error: Error | null) => void) => void, then?: (error: Error | null) => void): void {
    if (!this.open) throw this.#closed ?? this.#gone()
    this.#queued++
    try {
      post((error) => {
        this.#queued--
        then?.(error)
      })
    } catch (error) {
      this.#queued--
      throw error
    }
  }

  #refuseIfFull(): void {
    if (this.#queued < this.#options.maxQueued) return
    throw new ManifoldError(
      'ERR_MANIFOLD_CHANNEL_FULL',
      `${this.#queued} messages wait for ${this.#options.peer}, which does not read them`,
    )
  }

  async #answer(request: Extract<Exchange, { t: 'request' }>, answers: Answers<Asked>): Promise<void> {
    const { id, name, payload } = request
    try {
      const answer = Object.hasOwn(answers, name) ? answers[name as keyof Asked] : undefined
      if (!answer)
        throw new ManifoldError('ERR_MANIFOLD_NO_HANDLER', `nobody answers requests named '${name}'`)
      this.#post({ t: 'reply', id, value: await answer(payload) }, undefined)
    } catch (error) {
      // Also where the answer could not be serialized. Whoever asked may be gone by now; then nobody waits for this.
      try {
        this.#post({ t: 'reply', id, error: toWire(error) }, undefined)
      } catch (unsent) {
        debug('reply to %s of %s not sent: %o', name, this.#options.peer, unsent)
      }
    }
  }

  #settle({ id, value, error }: Extract<Exchange, { t: 'reply' }>): void {
    if (error) this.#pending.reject(id, fromWire(error))
    else this.#pending.resolve(id, value)
  }

  #gone(): ManifoldError {
    return new ManifoldError('ERR_MANIFOLD_CHANNEL_CLOSED', `${this.#options.peer} is gone`)
  }
}
