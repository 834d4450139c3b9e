import { type Clock, ManifoldError, OptionError, systemClock } from '@manifold/core'
import {
  EventEmitter,
  MAX_TIMER_MS,
  Machine,
  type Transitions,
  validate,
  type WorkerProcess,
  type WorkerRequests,
} from '@manifold/core/internal'
import { AddressBook } from './address-book.js'
import type { MasterEvents } from './events.js'
import { type GroupHost, ManagedGroup } from './group.js'
import type { Group } from './group-interface.js'
import { type GroupOptions, type MasterOptions, parseGroup, parseGroups } from './options.js'
import type { MasterState, MasterStatus } from './status.js'
import { HANDLED_SIGNALS, stopOnSignals } from './stop-signals.js'
import type { Worker } from './worker.js'

const TRANSITIONS: Transitions<MasterState> = {
  idle: ['starting', 'stopping'],
  starting: ['running', 'stopping'],
  running: ['stopping'],
  stopping: ['stopped'],
  stopped: [],
}

/** Answers a request of a worker. What it throws comes back there as an error. */
export type Handler = (payload: never, worker: Worker) => unknown

/**
 * Holds the sockets and runs the groups. It runs no code of the application, calls no `process.exit`, and keeps the
 * process alive from `start()` to the end of `stop()`.
 *
 * @throws {OptionError} naming the wrong option, what is expected, and the value.
 */
export class Master<Name extends string = string> extends EventEmitter<MasterEvents> {
  readonly #clock: Clock
  readonly #machine = new Machine('the master', TRANSITIONS, 'idle')
  readonly #groups = new Map<string, ManagedGroup>()
  readonly #host: GroupHost
  readonly #handlers = new Map<string, Handler>()
  readonly #bornAt: number
  #awake: NodeJS.Timeout | undefined
  #ignoreSignals = () => {}
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #lastWorkerId = 0

  constructor(options: MasterOptions<Name>, clock: Clock = systemClock) {
    super()
    this.#clock = clock
    this.#bornAt = clock.now()
    this.#host = this.#groupHost()
    for (const config of parseGroups(options)) {
      this.#groups.set(config.name, new ManagedGroup(config, this.#host))
    }
  }

  get state(): MasterState {
    return this.#machine.state
  }

  /** @throws {OptionError} if there is no group of that name. */
  group(name: Name): Group {
    return this.#find(name)
  }

  /** All groups, in the order of the options and of their addition. */
  get groups(): readonly Group[] {
    return [...this.#groups.values()]
  }

  /**
   * Adds a group while the master runs or starts, and starts it. Resolves when it is ready; if it does not get there,
   * nothing is left of it.
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
    const group = new ManagedGroup(config, this.#host)
    this.#groups.set(name, group)
    const stopped = (cause?: unknown) =>
      new ManifoldError('ERR_MANIFOLD_STOPPED', `group '${name}' was stopped`, { cause })
    try {
      await group.hold()
      await group.start()
    } catch (cause) {
      if (group.stopping) throw stopped(cause)
      await this.removeGroup(name)
      throw cause
    }
    if (group.stopping) throw stopped()
    this.#host.emit('groupAdded', name)
    return group
  }

  /**
   * Drains the workers of a group, gives its sockets back, and forgets it. Resolves when nothing is left of it. While
   * one removal runs, another joins it.
   *
   * @throws {OptionError} if there is no group of that name.
   */
  async removeGroup(name: string): Promise<void> {
    const group = this.#find(name)
    await group.stop()
    if (this.#groups.get(name) !== group) return
    this.#groups.delete(name)
    this.#host.emit('groupRemoved', name)
  }

  /**
   * Binds all declared sockets, then starts all workers. Resolves when every group is ready. Otherwise everything is
   * stopped again, and it rejects with a `SocketError`, or with a `StartError` that says which worker did not come
   * up, and why. Idempotent.
   */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /**
   * Drains all workers, gives the sockets back and lets the process end. Resolves when nothing is left. Idempotent;
   * works at any time, also while the master starts.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /** Kills all workers at once, and stops. What they had accepted is lost. */
  destroy(): void {
    for (const group of this.#groups.values()) group.destroy()
    void this.stop()
  }

  /**
   * Stops on the first of these signals, and kills on the second. In force until the master has stopped.
   *
   * @throws {OptionError} if one of them is no signal that a process can handle.
   */
  stopOn(...signals: NodeJS.Signals[]): this {
    for (const signal of signals) validate.oneOf('signal', signal, HANDLED_SIGNALS)
    if (this.state === 'stopped') return this
    this.#ignoreSignals()
    this.#ignoreSignals = stopOnSignals(this, signals)
    return this
  }

  /**
   * Answers `worker.call('master', name, …)`. A second handler replaces the first.
   *
   * @throws {OptionError} naming the wrong argument.
   */
  handle(name: string, handler: Handler): this {
    this.#handlers.set(validate.text('name', name), validate.callable('handler', handler))
    return this
  }

  /** A picture of everything, as plain data. */
  status(): MasterStatus {
    const groups = [...this.#groups].map(([name, group]) => [name, group.status()])
    return {
      state: this.state,
      pid: process.pid,
      uptimeMs: Math.round(this.#clock.now() - this.#bornAt),
      groups: Object.fromEntries(groups),
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #start(): Promise<void> {
    this.#assertGoingOn()
    this.#machine.to('starting')
    this.#awake = setInterval(() => {}, MAX_TIMER_MS)
    // Those that are added meanwhile are started by whoever adds them.
    const groups = [...this.#groups.values()]
    try {
      for (const group of groups) await unlessRemoved(group, () => group.hold())
      this.#assertGoingOn()
      this.emit('setup')
      await Promise.all(groups.map((group) => unlessRemoved(group, () => group.start())))
      this.#assertGoingOn()
      this.#machine.to('running')
      for (const group of this.#groups.values()) group.announceVacancies()
    } catch (cause) {
      const stopped = this.#stopping !== undefined
      await this.stop()
      // Nobody failed: it was not to be.
      throw stopped ? new ManifoldError('ERR_MANIFOLD_STOPPED', 'the master was stopped', { cause }) : cause
    }
  }

  async #stop(): Promise<void> {
    // A start that succeeded is over; one that failed has said why.
    if (this.state === 'running') this.#starting = undefined
    this.#machine.to('stopping')
    await Promise.all([...this.#groups.values()].map((group) => group.stop()))
    clearInterval(this.#awake)
    this.#ignoreSignals()
    this.#machine.to('stopped')
  }

  #find(name: string): ManagedGroup {
    const group = this.#groups.get(name)
    if (!group) throw new OptionError('group', `one of: ${[...this.#groups.keys()].join(', ')}`, name)
    return group
  }

  #assertGoingOn(): void {
    if (this.#stopping) throw new ManifoldError('ERR_MANIFOLD_STOPPED', 'the master was stopped')
  }

  #groupHost(): GroupHost {
    return {
      clock: this.#clock,
      book: new AddressBook(),
      nextWorkerId: () => ++this.#lastWorkerId,
      emit: (name, ...payload) => {
        try {
          this.emit(name, ...(payload as never))
        } catch (error) {
          // A listener's mistake is an uncaught exception, as ever; but ours is not the state to suffer from it.
          process.nextTick(() => {
            throw error
          })
        }
      },
      call: (worker, question) => this.#call(worker, question),
    }
  }

  async #call(worker: WorkerProcess, question: WorkerRequests['call'][0]): Promise<unknown> {
    const { target, name, payload, timeoutMs } = question
    if (target !== 'master') {
      const group = this.#groups.get(target)
      if (group) return group.call(name, payload, timeoutMs)
      throw new OptionError('target', `'master', or one of: ${[...this.#groups.keys()].join(', ')}`, target)
    }
    const handler = this.#handlers.get(name)
    if (handler) return handler(payload as never, worker)
    throw new ManifoldError(
      'ERR_MANIFOLD_NO_HANDLER',
      `the master has no handler for requests named '${name}'`,
    )
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
