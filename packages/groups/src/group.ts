import {
  type CallLimits,
  type Clock,
  type DrainCause,
  type ManifoldError,
  OptionError,
  type SocketAddress,
} from '@manifold/core'
import { parseLimits, validate, type WorkerHost, type WorkerProcess } from '@manifold/core/internal'
import { type ForkHost, Forks } from './cluster/forks.js'
import type { BacklogFull } from './events.js'
import type { Group } from './group-interface.js'
import { GroupLife } from './group-life.js'
import type { Guard } from './guard.js'
import { type GroupLimit, groupLimit } from './load/group-limit.js'
import type { BroadcastResult, Messages } from './messages/messages.js'
import type { GroupConfig } from './options/group-config.js'
import { parseWorkers } from './options/values.js'
import type { ForkSettings, Release } from './reload/release.js'
import { Releases } from './reload/releases.js'
import type { ReloadOptions } from './reload/reload-options.js'
import { Scale } from './slots/scale.js'
import type { Slot, SlotHost } from './slots/slot.js'
import { slotStatus } from './slots/slot-status.js'
import { Slots } from './slots/slots.js'
import { Standbys } from './slots/standbys.js'
import type { AddressBook } from './sockets/address-book.js'
import { type GroupSocket, GroupSockets } from './sockets/group-sockets.js'
import { Listens } from './sockets/listens.js'
import { Seats } from './sockets/seats.js'
import { type Queues, socketStatuses } from './sockets/socket-status.js'
import type { GroupStatus } from './status.js'
import { Heartbeat } from './workers/heartbeat.js'
import { type Emit, launch } from './workers/launch.js'
import { groupOverload, type Overload } from './workers/overload.js'
import { leaveReports } from './workers/reports.js'
import type { Worker } from './workers/worker.js'
import { workerHost } from './workers/worker-host.js'
import { load, workerStatus } from './workers/worker-status.js'

/** What a group needs of its master. */
export interface GroupHost {
  readonly clock: Clock
  readonly book: AddressBook
  readonly emit: Emit
  readonly messages: Messages
  readonly guard: Guard
  nextWorkerId(): number
}

/** A group as its master has it: it alone starts and stops it. */
export class ManagedGroup implements Group {
  readonly name: string
  readonly #config: GroupConfig
  readonly #host: GroupHost
  readonly #life: GroupLife
  readonly #sockets: GroupSockets
  readonly #limit: GroupLimit | undefined
  readonly #seats: Seats
  readonly #workerHost: WorkerHost
  readonly #overload: Overload<WorkerProcess> | undefined
  readonly #heartbeat: Heartbeat<WorkerProcess>
  readonly #slots: Slots
  readonly #releases: Releases
  readonly #scale: Scale
  readonly #standbys: Standbys
  readonly #forks: Forks | undefined
  #stopping: Promise<void> | undefined

  /** @param forks who has its workers forked, and hears of them, if it is a pool as of `node:cluster`. */
  constructor(config: GroupConfig, host: GroupHost, forks?: ForkHost) {
    this.name = config.name
    this.#config = config
    this.#host = host
    this.#life = new GroupLife(config.name)
    this.#limit = groupLimit(config, host.clock, host.emit)
    this.#seats = new Seats(this.#limit)
    const full = (waiting: BacklogFull) => host.emit('backlog', waiting)
    this.#sockets = new GroupSockets(config, host.book, host.clock, full, this.#limit?.gate, host.guard)
    this.#overload = groupOverload(config, host.emit)
    this.#forks = forks && new Forks(forks, host.clock, this.#seats, this.#sockets, () => this.#slots)
    const listens = new Listens(this.#sockets, this.#seats, this.#forks)
    this.#workerHost = workerHost(this.#seats, listens, host, this.#forks, (worker) => this.#retire(worker))
    this.#heartbeat = new Heartbeat(config.heartbeat, host.clock, () => this.#allWorkers, {
      silent: (worker, silentMs) => {
        this.#seats.suspend(worker)
        host.emit('silent', worker, Math.round(silentMs))
      },
      heard: (worker) => {
        this.#seats.resume(worker)
        host.emit('heard', worker)
      },
    })
    this.#slots = new Slots(config.workers, this.#slotHost())
    this.#standbys = this.#pool()
    this.#releases = new Releases(config, host, this.#slots, this.#standbys)
    this.#scale = new Scale(config.name, this.#slots, this.#releases, host.emit)
  }

  /** How long its workers may take to finish. */
  get drainTimeoutMs(): number {
    return this.#config.drainTimeoutMs
  }

  get after(): readonly string[] {
    return this.#config.after
  }

  get workers(): readonly Worker[] {
    return this.#allWorkers
  }

  /** Whether it was told to stop. */
  get stopping(): boolean {
    return this.#life.stopping
  }

  /** Binds the declared sockets, before any worker is forked. */
  hold(): Promise<void> {
    return this.#sockets.hold()
  }

  /** Fills every slot. Rejects with the first `StartError`. */
  async start(): Promise<void> {
    this.#life.begin()
    this.#heartbeat.start()
    await Promise.all(
      this.#slots.list.map(async (slot) => {
        try {
          await slot.fill(this.#releases.own)
        } catch (error) {
          // Taken away by `scale` before it was ready.
          if (this.stopping || slot.state !== 'closed') throw error
        }
      }),
    )
  }

  /** Begins at once, where there is nothing to hold and nobody to start. */
  open(): void {
    this.#life.begin()
    this.#heartbeat.start()
  }

  /**
   * Forks a worker as `node:cluster` does, in a vacant slot or one more. Returns at once.
   *
   * @throws whatever Node throws instead of forking.
   */
  fork(settings: ForkSettings): WorkerProcess {
    this.#life.assertRunning()
    return this.#forks!.fork(settings, this.#releases.current)
  }

  /** Says again which slots are vacant: nobody fills one while others are still starting. */
  announceVacancies(): void {
    for (const { index, lost } of this.#slots.list) if (lost) this.#vacant(index, lost)
  }

  /** Whoever stands by is started when all are up that serve. */
  standBy(): void {
    if (this.#life.running) this.#standbys.open()
  }

  async fill(slot: number): Promise<Worker> {
    const vacant = this.#existing(slot)
    return this.#life.unlessStopping(vacant.fill(this.#releases.own))
  }

  leaveVacant(slot: number): void {
    const lost = this.#slots.list[slot]?.lost
    if (lost) this.#forks?.leftVacant(lost)
  }

  async replace(slot: number): Promise<Worker> {
    const serving = this.#existing(slot)
    return this.#life.unlessStopping(this.#releases.renew(serving))
  }

  async reload(options: ReloadOptions = {}): Promise<void> {
    this.#life.assertRunning()
    return this.#life.unlessStopping(this.#releases.reload(options))
  }

  async scale(workers: number | 'cpus'): Promise<void> {
    this.#life.assertRunning()
    await this.#life.unlessStopping(this.#scale.to(parseWorkers('workers', workers)))
    if (this.stopping) throw this.#life.stopped()
  }

  async replenish(): Promise<void> {
    this.#life.assertRunning()
    await this.#life.unlessStopping(this.#standbys.replenish())
    if (this.stopping) throw this.#life.stopped()
  }

  /** Drains all workers, and gives the sockets back: new connections are refused. Idempotent. */
  stop(cause: DrainCause = 'stop'): Promise<void> {
    this.#stopping ??= this.#stop(cause)
    return this.#stopping
  }

  /** Kills all workers. `stop` follows up. */
  destroy(): void {
    for (const worker of this.#allWorkers) worker.destroy()
  }

  async call(name: string, payload?: unknown, limits: CallLimits = {}): Promise<unknown> {
    validate.text('name', name)
    const parsed = parseLimits(limits)
    // Nobody will ever get ready to answer it.
    if (parsed.retry && this.stopping) throw this.#life.stopped()
    return this.#host.messages.call(this.name, name, payload, parsed)
  }

  broadcast(name: string, payload?: unknown): BroadcastResult {
    validate.text('name', name)
    return this.#host.messages.broadcast(this.#allWorkers, name, payload)
  }

  address(name: string): SocketAddress {
    const { sockets } = this.#config
    if (!Object.hasOwn(sockets, name))
      throw new OptionError('socket', `one of: ${Object.keys(sockets).join(', ') || '(none)'}`, name)
    const address = this.#sockets.addresses[name]
    if (address) return address
    throw this.#life.wrong('does not hold its sockets now')
  }

  /** All that it holds now. */
  get sockets(): readonly GroupSocket[] {
    return [...this.#sockets.open]
  }

  /** @param queues what waits in the kernel, where that is known. */
  status(queues?: Queues): GroupStatus {
    const slots = this.#slots.list
    const { timeoutMs } = this.#config.heartbeat
    return {
      policy: this.#config.policy.name,
      workers: slots.length,
      ...load(this.#slots.workers, timeoutMs),
      sockets: socketStatuses(this.#sockets.open, queues),
      reloading: this.#releases.reloading,
      slots: slots.map((slot) => slotStatus(slot, timeoutMs)),
      standby: this.#standbys.members.map((worker) => workerStatus(worker, timeoutMs)),
    }
  }

  async #stop(cause: DrainCause): Promise<void> {
    this.#life.end()
    this.#heartbeat.stop()
    this.#forks?.stop()
    this.#releases.stop(this.#life.stopped())
    // Whoever hears of the first worker that drains may stop this again.
    await Promise.resolve()
    const standbys = this.#standbys.close()
    this.#limit?.lift()
    await this.#sockets.finish()
    // What the master has accepted goes to the workers ahead of the word that they finish. Once they let go as well, who
    // comes is refused, rather than kept waiting for nobody.
    this.#sockets.close()
    await Promise.all([this.#slots.close(cause), standbys])
    if (this.#config.reports) await leaveReports(this.#config.reports)
    this.#host.messages.ended(this.name, this.#life.stopped())
  }

  get #allWorkers(): WorkerProcess[] {
    return [...this.#slots.workers, ...this.#standbys.workers]
  }

  #existing(index: number): Slot {
    this.#life.assertRunning()
    validate.integer('slot', index, 0, Number.MAX_SAFE_INTEGER)
    const slot = this.#slots.list[index]
    if (!slot) throw this.#life.wrong(`has no slot ${index}`)
    return slot
  }

  #slotHost(): SlotHost {
    return {
      servesWhileStarting: this.#config.ready !== 'manual',
      spawn: (slot, release) => this.#standbys.seat(slot, release),
      forked: (worker) => {
        this.#forks?.forked(worker)
        this.#host.emit(worker.stoodBy ? 'promoted' : 'fork', worker)
      },
      admit: (worker) => this.#seats.admit(worker),
      dismiss: (worker) => this.#seats.dismiss(worker),
      lost: (worker) => this.#releases.lost(worker),
      vacant: (slot, worker) => {
        const announce = () => {
          if (slot.lost === worker) this.#vacant(slot.index, worker)
        }
        if (this.#forks) this.#forks.vacated(worker, announce)
        else announce()
      },
    }
  }

  #vacant(slot: number, worker: Worker): void {
    this.#host.emit('vacant', { group: this.name, slot, worker })
  }

  #pool(): Standbys {
    const { standby: count, heartbeat, readyTimeoutMs } = this.#config
    const releases = () => this.#releases
    return new Standbys(
      { count, silentMs: heartbeat.timeoutMs, hungMs: readyTimeoutMs },
      {
        get release() {
          return releases().current
        },
        launch: (slot, release) => this.#launch(slot, release),
        forked: (worker) => this.#host.emit('fork', worker),
        vacant: (worker, error) => this.#host.emit('standbyVacant', { group: this.name, worker, error }),
      },
    )
  }

  #launch(slot: number, release: Release): WorkerProcess {
    const id = this.#host.nextWorkerId()
    const how = this.#forks ? this.#forks.launching(slot, release) : { release }
    const own = { id, slot, ...how, sockets: this.#sockets.addresses }
    const { lifeline } = this.#host.guard
    return launch(this.#config, own, this.#workerHost, { ...this.#host, overload: this.#overload, lifeline })
  }

  #retire(worker: WorkerProcess): void {
    const slot = this.#slots.list[worker.slot]
    if (slot?.occupant !== worker || slot.state !== 'serving') return
    this.#releases.renew(slot).catch((error: ManifoldError) => {
      // Nothing failed where the slot was taken away, or everything stops.
      if (slot.state !== 'closed') this.#host.emit('failed', worker, error)
    })
  }
}
