import { ManifoldError, OptionError } from '../errors.js'
import { EventEmitter } from '../event-emitter.js'
import { type CallLimits, parseLimits, parseVia, type Via } from '../ipc/limits.js'
import type { WireAddress } from '../ipc/protocol.js'
import type {
  Answer,
  BroadcastListener,
  BroadcastName,
  CallArguments,
  HandlerOf,
  RequestName,
  SocketName,
  Target,
} from '../message-types.js'
import { callable, text } from '../validate.js'
import { currentRuntime, type DrainEvent, type RequestContext, type Runtime } from './runtime.js'

/** Limits of a call, and the way that it takes. */
export interface WorkerCallLimits extends CallLimits {
  /**
   * Straight to the worker that answers, by a connection that the master makes once for the two; or each request and
   * its answer by the master. Calls to the master have but one way. @default 'link'
   */
  readonly via?: Via
}

export interface WorkerEvents {
  /** Once, when this worker has to finish: close what keeps it alive, and let `waitUntil` wait for it. */
  drain: [event: DrainEvent]
  /** Once, when this worker has stood by and gets a slot. What it has asked to listen on is answered after this. */
  promote: [event: PromoteEvent]
}

/** What a promotion tells the application. */
export interface PromoteEvent {
  readonly slot: number
}

/** What `server.listen` and `udp.bind` take to join a declared socket. */
export interface SocketAddressOptions {
  readonly port: number
  readonly host: string
  readonly address: string
}

/** The explicit side of the worker runtime, for who wants more than transparent `listen`. */
export class Worker extends EventEmitter<WorkerEvents> {
  readonly #runtime: Runtime | undefined

  constructor(runtime: Runtime | undefined = currentRuntime()) {
    super()
    this.#runtime = runtime
    runtime?.drainHooks.push((event) => this.emit('drain', event))
    runtime?.promoteHooks.push((slot) => this.emit('promote', { slot }))
  }

  /** False where this program runs by itself, outside of Manifold. The methods below throw there. */
  get isWorker(): boolean {
    return this.#runtime !== undefined
  }

  /** Different for every worker of a master. Outside of a worker: 0. */
  get id(): number {
    return this.#runtime?.boot.id ?? 0
  }

  /** The name of the group. Outside of a worker: ''. */
  get group(): string {
    return this.#runtime?.boot.group ?? ''
  }

  /**
   * The seat of this worker in its group, from 0; its successor will have the same. -1 while it stands by (option
   * `standby` of its group): it has one when its first server listens.
   */
  get slot(): number {
    return this.#runtime?.slot ?? 0
  }

  /** The names of the sockets that the group declares. */
  get sockets(): readonly string[] {
    return Object.keys(this.#runtime?.boot.sockets ?? {})
  }

  /**
   * What to pass to `server.listen(…)`, or to `udp.bind(…)`, to serve on the declared socket of that name. Of a Unix
   * socket it is `{ path }`.
   *
   * @throws {OptionError} if the group declares no such socket.
   */
  socket(name: SocketName): SocketAddressOptions
  socket(name: string): SocketAddressOptions | { readonly path: string } {
    const { sockets } = this.#within('socket').boot
    const address: WireAddress | undefined = Object.hasOwn(sockets, name) ? sockets[name] : undefined
    if (!address)
      throw new OptionError('socket', `one of: ${Object.keys(sockets).join(', ') || '(none)'}`, name)
    if (address.type === 'unix') return { path: address.path }
    return { port: address.port, host: address.address, address: address.address }
  }

  /** Says that this worker is ready to serve. Needed with the option `ready: 'manual'` only. Idempotent. */
  ready(): void {
    this.#within('ready').readiness.ready()
  }

  /**
   * Asks to be replaced: once a successor serves, this worker drains.
   *
   * @throws {ManifoldError} `ERR_MANIFOLD_CHANNEL_CLOSED` if the master is gone.
   */
  retire(): void {
    const { channel } = this.#within('retire')
    channel.send({ t: 'retire' })
  }

  /**
   * Asks a worker of a group, or the master under the name `master`, and waits for the answer. An error thrown by
   * whoever answers comes back as an error, with its code and stack. `limits` choose the worker, bound the time, and
   * say whether the request may be made again if its worker dies.
   *
   * @throws {OptionError} naming the wrong argument.
   * @throws {ManifoldError} `ERR_MANIFOLD_TIMEOUT`, `ERR_MANIFOLD_ABORTED`, `ERR_MANIFOLD_NO_WORKER`,
   * `ERR_MANIFOLD_NO_HANDLER`, `ERR_MANIFOLD_CHANNEL_CLOSED` (who was asked died), `ERR_MANIFOLD_CHANNEL_FULL`.
   */
  async call<To extends Target, Request extends RequestName<To>>(
    target: To,
    name: Request,
    ...[payload, limits = {}]: CallArguments<To, Request, WorkerCallLimits>
  ): Promise<Answer<To, Request>> {
    const { calls } = this.#within('call')
    const parsed = parseLimits(limits, ['via'])
    const via = parseVia(limits.via)
    const answer = calls.call(text('target', target), text('name', name), payload, parsed, via)
    return answer as Promise<Answer<To, Request>>
  }

  /**
   * Answers requests of that name, which others make with `call`. A second handler replaces the first.
   *
   * @throws {OptionError} naming the wrong argument.
   */
  handle<Request extends RequestName<string>>(
    name: Request,
    handler: HandlerOf<string, Request, [context: RequestContext]>,
  ): void {
    const { answers } = this.#within('handle')
    answers.set(text('name', name), callable('handler', handler) as Parameters<typeof answers.set>[1])
  }

  /**
   * Listens to what `master.broadcast(name, …)` and `group.broadcast(name, …)` say. Returns a function that ends it.
   * What was said before is not said again.
   *
   * @throws {OptionError} naming the wrong argument.
   */
  subscribe<Of extends BroadcastName>(name: Of, listener: BroadcastListener<Of>): () => void {
    const { subscribers } = this.#within('subscribe')
    const checked = callable('listener', listener) as (payload: unknown) => void
    const hear = (payload: unknown) => checked(payload)
    const hearing = subscribers.get(text('name', name)) ?? new Set()
    subscribers.set(name, hearing.add(hear))
    return () => void hearing.delete(hear)
  }

  #within(method: string): Runtime {
    if (this.#runtime) return this.#runtime
    throw new ManifoldError(
      'ERR_MANIFOLD_STATE',
      `worker.${method}() works in a worker that a master started only`,
    )
  }
}
