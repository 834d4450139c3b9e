import {
  type CallLimits,
  type Clock,
  formatAddress,
  ManifoldError,
  OptionError,
  type SocketAddress,
} from '@manifold/core'
import {
  type Answer,
  type BroadcastArguments,
  type BroadcastName,
  type CallArguments,
  type ListenReply,
  log,
  parseLimits,
  type RequestName,
  validate,
  type WorkerHost,
  type WorkerOptions,
  WorkerProcess,
  type WorkerRequests,
} from '@manifold/core/internal'
import type { AddressBook } from './address-book.js'
import type { MasterEvents } from './events.js'
import { cannotListen, errnoFor, GroupSockets } from './group-sockets.js'
import { Heartbeat } from './heartbeat.js'
import type { BroadcastResult, Messages } from './messages.js'
import type { GroupConfig } from './options.js'
import { Seats } from './seats.js'
import { Slot, type SlotHost } from './slot.js'
import type { GroupStatus, SlotStatus, WorkerStatus } from './status.js'
import type { Worker } from './worker.js'

const debug = log('group')

/** What a group needs of its master. */
export interface GroupHost {
  readonly clock: Clock
  readonly book: AddressBook
  nextWorkerId(): number
  emit<Name extends keyof MasterEvents>(name: Name, ...payload: MasterEvents[Name]): void
  readonly messages: Messages
}

/** A pool of workers that run one program: its slots, its sockets and its rules. */
export class Group<Name extends string = string, Socket extends string = string> {
  readonly name: Name
  readonly #config: GroupConfig
  readonly #host: GroupHost
  readonly #sockets: GroupSockets
  readonly #seats = new Seats()
  readonly #heartbeat: Heartbeat<WorkerProcess>
  readonly #slots: readonly Slot[]
  /** Per worker, the `listen` that is being answered: each sees what the one before it was given. */
  readonly #listens = new WeakMap<WorkerProcess, Promise<unknown>>()
  #reloading: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  /** Groups are made by `Master`. */
  constructor(config: GroupConfig, host: GroupHost) {
    this.name = config.name as Name
    this.#config = config
    this.#host = host
    this.#sockets = new GroupSockets(config, host.book, host.clock, (socket, address, waiting) =>
      host.emit('backlog', {
        group: this.name,
        socket,
        address,
        waiting,
        code: 'ERR_MANIFOLD_BACKLOG_FULL',
      }),
    )
    this.#heartbeat = new Heartbeat(
      config.heartbeat,
      host.clock,
      () => this.#slots.flatMap((slot) => [...slot.workers]),
      {
        silent: (worker) => {
          this.#seats.suspend(worker)
          host.emit('silent', worker, Math.round(worker.silentMs))
        },
        heard: (worker) => {
          this.#seats.resume(worker)
          host.emit('heard', worker)
        },
      },
    )
    const slotHost = this.#slotHost()
    this.#slots = Array.from({ length: config.workers }, (_, index) => new Slot(index, slotHost))
  }

  /** All its processes, those that are starting and finishing included. */
  get workers(): readonly Worker[] {
    return this.#slots.flatMap((slot) => [...slot.workers])
  }

  /** Binds the declared sockets, before any worker is forked. */
  hold(): Promise<void> {
    return this.#sockets.hold()
  }

  /** Fills every slot. Rejects with the first `StartError`. */
  async start(): Promise<void> {
    this.#heartbeat.start()
    await Promise.all(this.#slots.map((slot) => slot.fill()))
  }

  /** Says again which slots are vacant: nobody fills one while others are still starting. */
  announceVacancies(): void {
    for (const { index, lost } of this.#slots) if (lost) this.#vacant(index, lost)
  }

  /**
   * Fills a vacant slot. This is how a supervisor respawns.
   *
   * @throws {StartError} if the worker does not get ready; the slot is vacant again then.
   * @throws {ManifoldError} `ERR_MANIFOLD_STATE` if the slot is not vacant or does not exist, or before `start()`.
   */
  async fill(slot: number): Promise<Worker> {
    this.#assertStarted()
    validate.integer('slot', slot, 0, Number.MAX_SAFE_INTEGER)
    const vacant = this.#slots[slot]
    if (!vacant) throw new ManifoldError('ERR_MANIFOLD_STATE', `group '${this.name}' has no slot ${slot}`)
    return this.#unlessStopping(vacant.fill())
  }

  /**
   * Replaces every worker by a new one, slot after slot: the successor is started, and when it is ready it takes
   * over, and the old worker drains. Resolves when the last of the old ones is gone. If a successor does not come
   * up, the reload ends there with its `StartError`, and the old worker stays. Called while a reload runs, joins it.
   *
   * @throws {ManifoldError} `ERR_MANIFOLD_STATE` before `start()`, `ERR_MANIFOLD_STOPPED` if the group stops.
   */
  reload(): Promise<void> {
    this.#reloading ??= this.#unlessStopping(this.#reload()).finally(() => {
      this.#reloading = undefined
    })
    return this.#reloading
  }

  /** Drains all workers, and gives the sockets back: new connections are refused. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /** Kills all workers. `stop` follows up. */
  destroy(): void {
    for (const slot of this.#slots) for (const worker of slot.workers) worker.destroy()
  }

  /**
   * Asks one of its workers that are ready: any in turn, or the one that `limits` choose.
   *
   * @throws {OptionError} naming the wrong argument.
   * @throws {ManifoldError} `ERR_MANIFOLD_NO_WORKER`, and as `worker.call`.
   */
  async call<Request extends RequestName<Name>>(
    name: Request,
    ...[payload, limits = {}]: CallArguments<Name, Request, CallLimits>
  ): Promise<Answer<Name, Request>> {
    validate.text('name', name)
    const answer = this.#host.messages.call(this.name, name, payload, parseLimits(limits))
    return answer as Promise<Answer<Name, Request>>
  }

  /**
   * Tells all its workers that are online and have subscribed to that name. One whose channel is full is skipped.
   *
   * @throws {OptionError} if the name is wrong.
   */
  broadcast<Of extends BroadcastName>(name: Of, ...[payload]: BroadcastArguments<Of>): BroadcastResult {
    validate.text('name', name)
    const workers = this.#slots.flatMap((slot) => [...slot.workers])
    return this.#host.messages.broadcast(workers, name, payload)
  }

  /**
   * Where a declared socket is bound.
   *
   * @throws {OptionError} if the group declares no such socket.
   * @throws {ManifoldError} `ERR_MANIFOLD_STATE` before `start()`, and after `stop()`.
   */
  address(name: Socket): SocketAddress {
    const { sockets } = this.#config
    if (!Object.hasOwn(sockets, name))
      throw new OptionError('socket', `one of: ${Object.keys(sockets).join(', ') || '(none)'}`, name)
    const address = this.#sockets.addresses[name]
    if (address) return address
    throw new ManifoldError('ERR_MANIFOLD_STATE', `group '${this.name}' does not hold its sockets now`)
  }

  status(): GroupStatus {
    const { policy, workers } = this.#config
    const sockets = [...this.#sockets.open].map(({ name, distribution: { address } }) => [
      name ?? formatAddress(address),
      address,
    ])
    const policies = [...this.#sockets.open].map(({ name, policy: own, distribution: { address } }) => [
      name ?? formatAddress(address),
      own,
    ])
    return {
      policy: policy.name,
      workers,
      sockets: Object.fromEntries(sockets),
      policies: Object.fromEntries(policies),
      slots: this.#slots.map(slotStatus),
    }
  }

  async #reload(): Promise<void> {
    this.#assertStarted()
    const retired: Promise<unknown>[] = []
    for (const slot of this.#slots) {
      retired.push((await slot.replace()).retired)
    }
    await Promise.all(retired)
    this.#host.emit('reload', this.name)
  }

  async #stop(): Promise<void> {
    this.#heartbeat.stop()
    const drained = this.#slots.map((slot) => slot.close())
    // The workers have been told; once they let go as well, who comes is refused, rather than kept waiting for nobody.
    this.#sockets.close()
    await Promise.all(drained)
  }

  /** A worker that does not come up because everything stops is no failure of its own. */
  async #unlessStopping<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (cause) {
      if (!this.#stopping) throw cause
      throw new ManifoldError('ERR_MANIFOLD_STOPPED', `group '${this.name}' is stopping`, { cause })
    }
  }

  /** Before the declared sockets are held, workers would bind for themselves. */
  #assertStarted(): void {
    if (this.#sockets.held) return
    throw new ManifoldError('ERR_MANIFOLD_STATE', `group '${this.name}' has not been started`)
  }

  #slotHost(): SlotHost {
    return {
      servesWhileStarting: this.#config.ready !== 'manual',
      spawn: (slot) => this.#spawn(slot),
      admit: (worker) => this.#seats.admit(worker),
      dismiss: (worker) => this.#seats.dismiss(worker),
      vacant: (slot, worker) => this.#vacant(slot.index, worker),
    }
  }

  #vacant(slot: number, worker: Worker): void {
    this.#host.emit('vacant', { group: this.name, slot, worker })
  }

  #spawn(slot: number): WorkerProcess {
    const { exec, spawn, ready, readyTimeoutMs, drainTimeoutMs, keepAliveGraceMs, maxQueued } = this.#config
    const options: WorkerOptions = {
      ...spawn,
      ...{ exec, ready, readyTimeoutMs, drainTimeoutMs, keepAliveGraceMs, maxQueued, slot },
      id: this.#host.nextWorkerId(),
      beatMs: this.#config.heartbeat.intervalMs,
      group: this.name,
      sockets: this.#sockets.addresses,
      clock: this.#host.clock,
    }
    const worker = new WorkerProcess(options, this.#workerHost())
    const { emit, messages } = this.#host
    messages.watch(worker)
    worker.on('online', () => emit('online', worker))
    worker.on('ready', () => emit('ready', worker))
    worker.on('draining', (cause) => emit('draining', worker, cause))
    worker.on('disconnect', () => emit('disconnect', worker))
    worker.on('exit', (reason) => emit('exit', worker, reason))
    worker.on('message', (message, handle) => emit('message', worker, message, handle))
    emit('fork', worker)
    return worker
  }

  #workerHost(): WorkerHost {
    return {
      listen: (worker, question) => {
        const before = this.#listens.get(worker) ?? Promise.resolve()
        const answer = before.then(() => this.#listen(worker, question))
        this.#listens.set(worker, answer)
        return answer
      },
      listening: (worker, listener) => {
        const socket = this.#seats.socketOf(worker, listener)
        if (!socket) return
        this.#host.emit('listening', worker, { socket: socket.name, address: socket.distribution.address })
      },
      unlisten: (worker, listener) => this.#vacate(worker, listener),
      attachFailed: (worker, listener, source, errno) => {
        debug(
          'worker %d cannot accept on source %d of listener %d: error %d',
          worker.id,
          source,
          listener,
          errno,
        )
        void worker.drain('replace')
      },
      connections: (worker, listener, open) => this.#seats.counted(worker, listener, open),
      surplus: (worker, listener, open, connection) => {
        this.#seats.counted(worker, listener, open)
        const socket = this.#seats.socketOf(worker, listener)
        if (socket) socket.distribution.returned(connection)
        else connection.close()
      },
      ...this.#host.messages.host,
      retire: (worker) => this.#retire(worker),
    }
  }

  /** Never rejects: what goes wrong is the answer, and becomes the error of the worker's server. */
  async #listen(worker: WorkerProcess, question: WorkerRequests['listen'][0]): Promise<ListenReply> {
    const { listener, query, ticketKeys } = question
    try {
      const socket = await this.#sockets.find(query, this.#seats.usedBy(worker))
      if (!worker.connected) throw new ManifoldError('ERR_MANIFOLD_CHANNEL_CLOSED', 'the worker is gone')
      const errno = await this.#seats.place(worker, listener, { query, socket })
      const { name, spec, distribution } = socket
      if (errno !== 0) throw cannotListen(distribution.address, errno)
      socket.ticketKeys ??= ticketKeys
      const backlog = name !== undefined && 'backlog' in spec ? spec.backlog : undefined
      const { address } = distribution
      return { granted: true, address, backlog, socket: name, ticketKeys: socket.ticketKeys }
    } catch (error) {
      this.#vacate(worker, listener)
      const why = error instanceof Error ? error.message : String(error)
      worker.note(why)
      return { granted: false, errno: errnoFor(error), why }
    }
  }

  #vacate(worker: WorkerProcess, listener: number): void {
    const left = this.#seats.vacate(worker, listener)
    if (left) this.#sockets.release(left)
  }

  #retire(worker: WorkerProcess): void {
    const slot = this.#slots[worker.slot]
    if (slot?.occupant !== worker || slot.state !== 'serving') return
    slot.replace().catch((error: ManifoldError) => this.#host.emit('failed', worker, error))
  }
}

function slotStatus(slot: Slot): SlotStatus {
  const { index, state, restarts, occupant } = slot
  const retiring = [...slot.workers].filter((worker) => worker.state === 'draining')
  return {
    slot: index,
    state,
    restarts,
    worker: occupant ? workerStatus(occupant) : null,
    retiring: retiring.map(workerStatus),
  }
}

function workerStatus({ id, pid, state, uptimeMs }: WorkerProcess): WorkerStatus {
  return { id, pid, state, uptimeMs: Math.round(uptimeMs) }
}
