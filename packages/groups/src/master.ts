import { type Clock, ManifoldError, OptionError, systemClock } from '@manifold/core'
import {
  type BroadcastArguments,
  type BroadcastName,
  EventEmitter,
  type HandlerOf,
  MAX_TIMER_MS,
  Machine,
  type RequestName,
  type Transitions,
  throwLater,
  validate,
  type WorkerProcess,
} from '@manifold/core/internal'
import type { ForkHost } from './cluster/forks.js'
import { assertOrder, StartOrder, stopInOrder } from './dependencies.js'
import type { MasterEvents } from './events.js'
import { type GroupHost, ManagedGroup } from './group.js'
import type { Group } from './group-interface.js'
import { Guard } from './guard.js'
import { type BroadcastResult, type Handler, type HandlerContext, Messages } from './messages/messages.js'
import type { GroupConfig } from './options/group-config.js'
import type { GroupOptions, Listens, MasterOptions, SocketNames } from './options/group-options.js'
import { parseGroup, parseGroups } from './options/parse-group.js'
import type { ForkSettings } from './reload/release.js'
import { AddressBook } from './sockets/address-book.js'
import type { MasterState, MasterStatus } from './status.js'
import { HANDLED_SIGNALS, stopOnSignals } from './stop-signals.js'
import { Survey } from './survey.js'
import type { Worker } from './workers/worker.js'

const TRANSITIONS: Transitions<MasterState> = {
  idle: ['starting', 'stopping'],
  starting: ['running', 'stopping'],
  running: ['stopping'],
  stopping: ['stopped'],
  stopped: [],
}

/** In place of options. */
const OPEN = {}

/** What `@manifold/groups/cluster` is made of: a master that runs as soon as it is made, and takes pools. */
export interface OpenMaster {
  readonly master: Master
  /** Adds a pool as of `node:cluster`, which starts at once, with nobody. */
  addPool(config: GroupConfig, forks: ForkHost): { fork(settings: ForkSettings): WorkerProcess }
}

/** Keeps no process alive, and has no guardian. */
export let openMaster: () => OpenMaster

/**
 * Holds the sockets and runs the groups. It runs no code of the application, calls no `process.exit`, and keeps the
 * process alive from `start()` to the end of `stop()`.
 *
 * If a guardian has started this process, it guards the first master in it that starts.
 *
 * @throws {OptionError} naming the wrong option, what is expected, and the value.
 * @throws {ManifoldError} `ERR_MANIFOLD_PROTOCOL` if this process has a guardian of another version.
 */
export class Master<
  Name extends string = string,
  // biome-ignore lint/suspicious/noExplicitAny: a master of which less is known is a master all the same.
  Sockets extends Listens<Name> = any,
> extends EventEmitter<MasterEvents> {
  readonly #clock: Clock
  readonly #machine = new Machine('the master', TRANSITIONS, 'idle')
  readonly #groups = new Map<string, ManagedGroup>()
  readonly #order = new StartOrder(this.#groups)
  readonly #host: GroupHost
  readonly #messages: Messages
  readonly #guard = new Guard()
  readonly #survey: Survey
  #awake: NodeJS.Timeout | undefined
  #ignoreSignals = () => {}
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #destroyed = false
  #lastWorkerId = 0

  constructor(options: MasterOptions<Name, Sockets>, clock: Clock = systemClock) {
    super()
    this.#clock = clock
    this.#survey = new Survey(this.#groups, this.#guard, clock)
    this.#messages = new Messages(this.#groups, clock)
    this.#host = this.#groupHost()
    const isOpen = (options as unknown) === OPEN
    const configs = isOpen ? [] : parseGroups(options)
    assertOrder(configs)
    for (const config of configs) this.#groups.set(config.name, new ManagedGroup(config, this.#host))
    if (isOpen) this.#open()
  }

  get state(): MasterState {
    return this.#machine.state
  }

  /** @throws {OptionError} if there is no group of that name. */
  group<Of extends Name>(name: Of): Group<Of, SocketNames<Sockets[Of]>> {
    return this.#find(name) as Group as Group<Of, SocketNames<Sockets[Of]>>
  }

  /** All groups, in the order of the options and of their addition. */
  get groups(): readonly Group[] {
    return [...this.#groups.values()]
  }

  /**
   * Adds a group while the master runs or starts, and starts it when those are ready that it comes `after`. Resolves when
   * it is ready; if it does not get there, nothing is left of it.
   *
   * @throws {OptionError} naming the wrong option; also if there is a group of that name, or one that is being removed.
   * @throws {SocketError | StartError} as `start()` does.
   * @throws {ManifoldError} `ERR_MANIFOLD_STATE` before `start()`, `ERR_MANIFOLD_STOPPED` if the master stops, or if the
   *   group is removed before it is ready.
   */
  async addGroup(name: string, options: GroupOptions | string | URL): Promise<Group> {
    this.#assertGoingOn()
    if (this.state === 'idle')
      throw new ManifoldError('ERR_MANIFOLD_STATE', 'the master has not been started')
    const config = parseGroup(validate.text('name', name), options)
    if (this.#groups.has(name)) throw new OptionError(`groups.${name}`, 'named otherwise: there is one', name)
    assertOrder([config], this.groups)
    const group = new ManagedGroup(config, this.#host)
    this.#groups.set(name, group)
    const stopped = (cause?: unknown) =>
      new ManifoldError('ERR_MANIFOLD_STOPPED', `group '${name}' was stopped`, { cause })
    try {
      await group.hold()
      await this.#order.start(group, async () => {
        this.#assertGoingOn()
        await group.start()
      })
    } catch (cause) {
      if (group.stopping || this.#stopping) throw stopped(cause)
      await this.removeGroup(name)
      throw cause
    }
    if (group.stopping) throw stopped()
    if (this.state === 'running') {
      group.standBy()
      this.#guard.settled([...this.#groups.values()])
    }
    this.#host.emit('groupAdded', name)
    return group
  }

  /**
   * Drains the workers of a group, gives its sockets back, and forgets it. Resolves when nothing is left of it. While
   * one removal runs, another joins it. Groups that come `after` it go on without it.
   *
   * @throws {OptionError} if there is no group of that name.
   */
  async removeGroup(name: string): Promise<void> {
    const group = this.#find(name)
    this.#order.release(name)
    await group.stop()
    if (this.#groups.get(name) !== group) return
    this.#groups.delete(name)
    this.#host.emit('groupRemoved', name)
  }

  /**
   * Binds all declared sockets, then starts all workers: those of each group once the groups are ready that it comes
   * `after`. Resolves when every group is ready. Otherwise everything is
   * stopped again, and it rejects with a `SocketError`, or with a `StartError` that says which worker did not come
   * up, and why. Idempotent.
   */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /**
   * Drains all workers, gives the sockets back and lets the process end. A group goes on until those have stopped that
   * come `after` it. Resolves when nothing is left. Idempotent; works at any time, also while the master starts.
   */
  stop(): Promise<void> {
    return this.#stopFor('stop')
  }

  #stopFor(cause: 'stop' | 'replace'): Promise<void> {
    this.#stopping ??= this.#stop(cause)
    return this.#stopping
  }

  /** Kills all workers at once, and stops. What they had accepted is lost. */
  destroy(): void {
    this.#destroyed = true
    for (const group of this.#groups.values()) group.destroy()
    void this.stop()
  }

  /**
   * Stops on the first of these signals, and kills on the second. In force until the master has stopped. SIGINT is left to
   * the guardian, if there is one: a terminal sends it to both.
   *
   * @throws {OptionError} if one of them is no signal that a process can handle.
   */
  stopOn(...signals: NodeJS.Signals[]): this {
    for (const signal of signals) validate.oneOf('signal', signal, HANDLED_SIGNALS)
    if (this.state === 'stopped') return this
    this.#ignoreSignals()
    const ignored = (signal: string) => signal === 'SIGINT' && this.#guard.connected
    this.#ignoreSignals = stopOnSignals(this, signals, ignored)
    return this
  }

  /**
   * Answers `worker.call('master', name, …)`. A second handler replaces the first.
   *
   * @throws {OptionError} naming the wrong argument.
   */
  handle<Request extends RequestName<'master'>>(
    name: Request,
    handler: HandlerOf<'master', Request, [worker: Worker, context: HandlerContext]>,
  ): this {
    this.#messages.handle(validate.text('name', name), validate.callable('handler', handler) as Handler)
    return this
  }

  /**
   * Tells all workers of all groups that are online and have subscribed to that name. One whose channel is full is
   * skipped.
   *
   * @throws {OptionError} if the name is wrong.
   */
  broadcast<Of extends BroadcastName>(name: Of, ...payload: BroadcastArguments<Of>): BroadcastResult {
    const results = this.groups.map((group) => group.broadcast(name, ...payload))
    const sum = (of: keyof BroadcastResult) => results.reduce((total, result) => total + result[of], 0)
    return { sent: sum('sent'), skipped: sum('skipped') }
  }

  /** A picture of everything, as plain data; but for what waits in the kernel, which takes time to read: see `survey`. */
  status(): MasterStatus {
    return this.#survey.status(this.state)
  }

  /** `status()`, with what waits in the kernel. That is read in the background, within milliseconds. */
  async survey(): Promise<MasterStatus> {
    const queues = await this.#survey.queues()
    return this.#survey.status(this.state, queues)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  static {
    openMaster = () => {
      const master = new Master(OPEN as MasterOptions)
      return { master, addPool: (config, forks) => master.#addPool(config, forks) }
    }
  }

  #open(): void {
    this.#machine.to('starting')
    this.#machine.to('running')
    this.#starting = Promise.resolve()
  }

  #addPool(config: GroupConfig, forks: ForkHost): ManagedGroup {
    this.#assertGoingOn()
    const group = new ManagedGroup(config, this.#host, forks)
    this.#groups.set(config.name, group)
    group.open()
    this.#host.emit('groupAdded', config.name)
    return group
  }

  async #start(): Promise<void> {
    this.#assertGoingOn()
    this.#machine.to('starting')
    this.#awake = setInterval(() => {}, MAX_TIMER_MS)
    // Those that are added meanwhile are started by whoever adds them.
    const groups = [...this.#groups.values()]
    try {
      const guarded = {
        stop: (cause: 'stop' | 'replace') => void this.#stopFor(cause),
        lost: () => this.#lost(),
      }
      await this.#guard.begin(guarded, groups)
      this.#assertGoingOn()
      for (const group of groups) await unlessRemoved(group, () => group.hold())
      this.#assertGoingOn()
      this.emit('setup')
      const start = (group: ManagedGroup) =>
        this.#order.start(group, () => {
          this.#assertGoingOn()
          return unlessRemoved(group, () => group.start())
        })
      await Promise.all(groups.map(start))
      this.#assertGoingOn()
      this.#machine.to('running')
      this.#guard.settled([...this.#groups.values()])
      this.#host.emit('started')
      for (const group of this.#groups.values()) group.announceVacancies()
      for (const group of this.#groups.values()) group.standBy()
    } catch (cause) {
      const stopped = this.#stopping !== undefined
      this.#guard.failed(cause)
      await this.stop()
      // Nobody failed: it was not to be.
      throw stopped ? new ManifoldError('ERR_MANIFOLD_STOPPED', 'the master was stopped', { cause }) : cause
    }
  }

  /** The guardian is gone: who serves does so on; who was to follow another must not come to serve beside it. */
  #lost(): void {
    this.#host.emit('guardianLost')
    if (this.state === 'starting' && this.#guard.needless) void this.stop()
  }

  async #stop(cause: 'stop' | 'replace'): Promise<void> {
    // A start that succeeded is over; one that failed has said why.
    if (this.state === 'running') this.#starting = undefined
    this.#machine.to('stopping')
    this.#guard.stopping(cause)
    // Whoever hears of it, or of the first worker that drains, may stop again.
    await Promise.resolve()
    this.#host.emit('stopping')
    this.#order.releaseAll()
    await stopInOrder([...this.#groups.values()], (group) =>
      this.#messages.afterCallers(group.name, () => this.#end(group, cause)),
    )
    await this.#messages.close()
    clearInterval(this.#awake)
    this.#ignoreSignals()
    await this.#guard.end()
    this.#machine.to('stopped')
    this.#host.emit('stopped')
  }

  /** What has started since all workers were killed is not waited for. */
  #end(group: ManagedGroup, cause: 'stop' | 'replace'): Promise<void> {
    const ended = group.stop(cause)
    if (this.#destroyed) group.destroy()
    return ended
  }

  #find(name: string): ManagedGroup {
    const group = this.#groups.get(name)
    if (!group)
      throw new OptionError('group', `one of: ${[...this.#groups.keys()].join(', ') || '(none)'}`, name)
    return group
  }

  #assertGoingOn(): void {
    if (this.#stopping) throw new ManifoldError('ERR_MANIFOLD_STOPPED', 'the master was stopped')
  }

  #groupHost(): GroupHost {
    return {
      clock: this.#clock,
      book: new AddressBook(),
      guard: this.#guard,
      nextWorkerId: () => ++this.#lastWorkerId,
      emit: (name, ...payload) => {
        try {
          this.emit(name, ...(payload as never))
        } catch (error) {
          // A listener's mistake is an uncaught exception, as ever; but ours is not the state to suffer from it.
          throwLater(error)
        }
      },
      messages: this.#messages,
    }
  }
}

/** A group that is removed before it has started does not fail the start. */
async function unlessRemoved(group: ManagedGroup, work: () => Promise<void>): Promise<void> {
  if (group.stopping) return
  try {
    await work()
  } catch (error) {
    if (!group.stopping) throw error
  }
}
