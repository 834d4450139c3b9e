import type { Clock } from '../clock.js'
import { log } from '../debug.js'
import { ManifoldError } from '../errors.js'
import type { Handle, Port } from '../node-internals.js'
import { Inquiry } from './inquiry.js'
import { Outbox, type Written } from './outbox.js'
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
  readonly [Name in keyof Table]: (
    question: Table[Name][0],
    inquiry: Inquiry,
  ) => Table[Name][1] | Promise<Table[Name][1]>
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
 * Node queues what the other side does not read without bound; a message is counted here from `send` until it has been
 * written, and past `maxQueued` sending fails with `ERR_MANIFOLD_CHANNEL_FULL`. When the other process dies, Node never runs the callbacks of what was queued:
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
  readonly #outbox: Outbox
  /** What the other side asked and this one has not answered yet, by number. */
  readonly #inHand = new Map<number, Inquiry>()
  readonly #idle: (() => void)[] = []
  #closed: ManifoldError | undefined

  constructor(port: Port, options: ChannelOptions) {
    this.#port = port
    this.#options = options
    this.#pending = new Pending(options.clock)
    this.#outbox = new Outbox(port.pipelines)
  }

  /** Messages that have not left this process yet. */
  get queued(): number {
    return this.#outbox.size
  }

  get open(): boolean {
    return this.#closed === undefined && this.#port.connected
  }

  /** Whether the application has sent a handle of its own, of which the other side has not said that it is there. */
  get foreignHandle(): boolean {
    return this.#port.foreignHandle
  }

  /** Whether what is said now reaches the other side late, whatever that does: more was said than the system takes. */
  get congested(): boolean {
    return this.#port.congested
  }

  /**
   * Starts to deliver. Messages of a kind that no handler knows are left alone: a newer peer may send them.
   * `arriving` hears of a message that comes with a handle before the other side is told that the handle is here.
   */
  receive(handlers: Handlers<In>, answers: Answers<Asked>, arriving?: (message: In) => void): void {
    const table = handlers as unknown as Record<
      string,
      (message: Message, handle: Handle | undefined) => void
    >
    this.#port.listen({
      message: (body, handle) => {
        const message = body as Exchange | In
        if (message.t === 'request') this.#answer(message as Extract<Exchange, { t: 'request' }>, answers)
        else if (message.t === 'reply') this.#settle(message as Extract<Exchange, { t: 'reply' }>)
        else if (message.t === 'cancel') this.#cancel(message as Extract<Exchange, { t: 'cancel' }>)
        else if (Object.hasOwn(table, message.t)) table[message.t]?.(message, handle)
      },
      handleArriving: (body) => arriving?.(body as In),
      handleAnswered: (arrived) => this.#outbox.confirm(arrived),
    })
  }

  /**
   * Sends a message of the framework's own. There are only so many of them, so that they are always let through: a
   * worker must not fail because its master is busy. Throws `ERR_MANIFOLD_CHANNEL_CLOSED`.
   */
  send(message: Out): void {
    this.#post(message)
  }

  /** The same, ahead of what waits behind a handle. From within `arriving`: also ahead of the word that it is here. */
  sendAhead(message: Out): void {
    if (!this.open) throw this.#closed ?? this.#gone()
    this.#port.postAhead(message)
  }

  /**
   * Sends a handle along; our copy stays open. `answered` is told whether the handle reached the other process,
   * and false when that process died before it could say so. Not bounded either: a worker that is slow to read must
   * get its sockets all the same.
   */
  sendHandle(message: Out, handle: Handle, answered: (arrived: boolean) => void): void {
    this.#post(message, handle, answered)
  }

  /** Sends what the application wants to say; it arrives as an ordinary 'message'. */
  sendOwn(message: unknown): void {
    this.#refuseIfFull()
    this.#write(message, (written) => this.#port.postOwn(message, written))
  }

  /** The same as `send`, for what there may be any number of. Throws `ERR_MANIFOLD_CHANNEL_FULL` as well. */
  tell(message: Out): void {
    this.#refuseIfFull()
    this.#post(message)
  }

  /**
   * Asks, and waits for the answer for `timeoutMs` at the most. Who gives up has the other side told. `always` is for
   * what the framework asks once, like `send`: it is not bounded.
   */
  async request<Name extends keyof Asking & string>(
    name: Name,
    payload: Asking[Name][0],
    limits: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined; always?: boolean } = {},
  ): Promise<Asking[Name][1]> {
    const ask = (id: number) => {
      if (!limits.always) this.#refuseIfFull()
      this.#post({ t: 'request', id, name, payload })
    }
    const giveUp = (id: number) => {
      if (this.open) this.#post({ t: 'cancel', id })
    }
    return this.#pending.wait(`request '${name}' to ${this.#options.peer}`, limits, ask, giveUp)
  }

  /** Resolves once every request of the other side is answered, and all that was said has left this process. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve)
      this.#judgeIdle()
    })
  }

  /** Settles everything that waits. To be called once the other process is known to be gone. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = this.#gone()
    this.#pending.settleAll(this.#closed)
    this.#outbox.close()
    for (const inquiry of this.#inHand.values()) inquiry.giveUp()
    this.#judgeIdle()
  }

  #judgeIdle(): void {
    if (this.#idle.length === 0) return
    if (!this.#closed && (this.#inHand.size > 0 || this.queued > 0)) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #post(message: object, handle?: Handle, answered?: (arrived: boolean) => void): void {
    this.#write(message, (written) => this.#port.post(message, handle, written), answered)
  }

  #write(body: unknown, write: (written: Written) => void, answered?: (arrived: boolean) => void): void {
    if (!this.open) throw this.#closed ?? this.#gone()
    const wrote = (written: Written) =>
      write((error) => {
        written(error)
        this.#judgeIdle()
      })
    this.#outbox.send({ write: wrote, answered, check: () => this.#port.check(body) })
  }

  #refuseIfFull(): void {
    if (this.queued < this.#options.maxQueued) return
    throw new ManifoldError(
      'ERR_MANIFOLD_CHANNEL_FULL',
      `${this.queued} messages wait for ${this.#options.peer}, which does not read them`,
    )
  }

  async #answer(request: Extract<Exchange, { t: 'request' }>, answers: Answers<Asked>): Promise<void> {
    const { id, name, payload } = request
    const inquiry = new Inquiry()
    this.#inHand.set(id, inquiry)
    try {
      const answer = Object.hasOwn(answers, name) ? answers[name as keyof Asked] : undefined
      if (!answer)
        throw new ManifoldError('ERR_MANIFOLD_NO_HANDLER', `nobody answers requests named '${name}'`)
      const value = await answer(payload, inquiry)
      if (!inquiry.givenUp) this.#post({ t: 'reply', id, value })
    } catch (error) {
      // Also where the answer could not be serialized. Whoever asked may be gone by now; then nobody waits for this.
      try {
        if (!inquiry.givenUp) this.#post({ t: 'reply', id, error: toWire(error) })
      } catch (unsent) {
        debug('reply to %s of %s not sent: %o', name, this.#options.peer, unsent)
      }
    }
    this.#inHand.delete(id)
    this.#judgeIdle()
  }

  #cancel({ id }: Extract<Exchange, { t: 'cancel' }>): void {
    this.#inHand.get(id)?.giveUp()
    this.#inHand.delete(id)
    this.#judgeIdle()
  }

  #settle({ id, value, error }: Extract<Exchange, { t: 'reply' }>): void {
    if (error) this.#pending.reject(id, fromWire(error))
    else this.#pending.resolve(id, value)
  }

  #gone(): ManifoldError {
    return new ManifoldError('ERR_MANIFOLD_CHANNEL_CLOSED', `${this.#options.peer} is gone`)
  }
}
