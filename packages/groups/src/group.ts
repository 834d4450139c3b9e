import { type Clock, formatAddress, ManifoldError } from '@manifold/core'
import {
  log,
  Machine,
  type Transitions,
  validate,
  type WorkerHost,
  type WorkerProcess,
  type WorkerRequests,
} from '@manifold/core/internal'
import type { AddressBook } from './address-book.js'
import type { Group } from './group-interface.js'
import { GroupSockets } from './group-sockets.js'
import { type Emit, launch } from './launch.js'
import { Listens } from './listens.js'
import { type GroupConfig, parseWorkers } from './options.js'
import type { Release } from './release.js'
import { Releases } from './releases.js'
import type { ReloadOptions } from './reload-options.js'
import { Scale } from './scale.js'
import { Seats } from './seats.js'
import type { SlotHost } from './slot.js'
import { Slots } from './slots.js'
import { type GroupStatus, slotStatus } from './status.js'
import type { Worker } from './worker.js'

const debug = log('group')

type GroupState = 'idle' | 'running' | 'stopping'

const TRANSITIONS: Transitions<GroupState> = {
  idle: ['running', 'stopping'],
  running: ['stopping'],
  stopping: [],
}

/** What a group needs of its master. */
export interface GroupHost {
  readonly clock: Clock
  readonly book: AddressBook
  readonly emit: Emit
  nextWorkerId(): number
  call(worker: WorkerProcess, question: WorkerRequests['call'][0]): unknown
}

/** A group as its master has it: it alone starts and stops it. */
export class ManagedGroup implements Group {
  readonly name: string
  readonly #config: GroupConfig
  readonly #host: GroupHost
  readonly #machine: Machine<GroupState>
  readonly #sockets: GroupSockets
  readonly #seats = new Seats()
  readonly #listens: Listens
  readonly #slots: Slots
  readonly #releases: Releases
  readonly #scale: Scale
  #stopping: Promise<void> | undefined
  #nextAsked = 0

  constructor(config: GroupConfig, host: GroupHost) {
    this.name = config.name
    this.#config = config
    this.#host = host
    this.#machine = new Machine(`group '${config.name}'`, TRANSITIONS, 'idle')
    this.#sockets = new GroupSockets(config, host.book, host.clock)
    this.#listens = new Listens(this.#sockets, this.#seats)
    this.#slots = new Slots(config.workers, this.#slotHost())
    this.#releases = new Releases(config, host, this.#slots)
    this.#scale = new Scale(config.name, this.#slots, this.#releases, host.emit)
  }

  get workers(): readonly Worker[] {
    return this.#slots.workers
  }

  /** Whether it was told to stop. */
  get stopping(): boolean {
    return this.#machine.state === 'stopping'
  }

  /** Binds the declared sockets, before any worker is forked. */
  hold(): Promise<void> {
    return this.#sockets.hold()
  }

  /** Fills every slot. Rejects with the first `StartError`. */
  async start(): Promise<void> {
    if (this.stopping) throw this.#stopped()
    this.#machine.to('running')
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

  /** Says again which slots are vacant: nobody fills one while others are still starting. */
  announceVacancies(): void {
    for (const { index, lost } of this.#slots.list) if (lost) this.#vacant(index, lost)
  }

  async fill(slot: number): Promise<Worker> {
    this.#assertRunning()
    validate.integer('slot', slot, 0, Number.MAX_SAFE_INTEGER)
    const vacant = this.#slots.list[slot]
    if (!vacant) throw this.#wrongState(`has no slot ${slot}`)
    return this.#unlessStopping(vacant.fill(this.#releases.own))
  }

  async reload(options: ReloadOptions = {}): Promise<void> {
    this.#assertRunning()
    return this.#unlessStopping(this.#releases.reload(options))
  }

  async scale(workers: number | 'cpus'): Promise<void> {
    this.#assertRunning()
    await this.#unlessStopping(this.#scale.to(parseWorkers('workers', workers)))
    if (this.stopping) throw this.#stopped()
  }

  /** Drains all workers, and gives the sockets back: new connections are refused. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /** Kills all workers. `stop` follows up. */
  destroy(): void {
    for (const worker of this.#slots.workers) worker.destroy()
  }

  async call(name: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    const ready = this.#slots.list.flatMap(({ occupant }) => (occupant?.state === 'ready' ? [occupant] : []))
    const worker = ready[this.#nextAsked++ % ready.length]
    if (!worker)
      throw new ManifoldError('ERR_MANIFOLD_NO_WORKER', `group '${this.name}' has no worker that is ready`)
    return worker.call(name, payload, { timeoutMs })
  }

  status(): GroupStatus {
    const { policy } = this.#config
    const slots = this.#slots.list
    const sockets = [...this.#sockets.open].map(({ name, distribution: { address } }) => [
      name ?? formatAddress(address),
      address,
    ])
    return {
      policy,
      workers: slots.length,
      sockets: Object.fromEntries(sockets),
      slots: slots.map(slotStatus),
    }
  }

  async #stop(): Promise<void> {
    this.#machine.to('stopping')
    this.#releases.stop(this.#stopped())
    const drained = this.#slots.close('stop')
    // The workers have been told; once they let go as well, who comes is refused, rather than kept waiting for nobody.
    this.#sockets.close()
    await drained
  }

  /** A worker that does not come up because everything stops is no failure of its own. */
  async #unlessStopping<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (cause) {
      throw this.stopping ? this.#stopped(cause) : cause
    }
  }

  /** Before the declared sockets are held, workers would bind for themselves. */
  #assertRunning(): void {
    if (this.stopping) throw this.#stopped()
    if (this.#machine.state === 'idle') throw this.#wrongState('has not been started')
  }

  #stopped(cause?: unknown): ManifoldError {
    return new ManifoldError('ERR_MANIFOLD_STOPPED', `group '${this.name}' is stopping`, { cause })
  }

  #wrongState(what: string): ManifoldError {
    return new ManifoldError('ERR_MANIFOLD_STATE', `group '${this.name}' ${what}`)
  }

  #slotHost(): SlotHost {
    return {
      servesWhileStarting: this.#config.ready !== 'manual',
      spawn: (slot, release) => this.#spawn(slot, release),
      admit: (worker) => this.#seats.admit(worker),
      dismiss: (worker) => this.#seats.dismiss(worker),
      lost: (worker) => this.#releases.lost(worker),
      vacant: (slot, worker) => this.#vacant(slot.index, worker),
    }
  }

  #vacant(slot: number, worker: Worker): void {
    this.#host.emit('vacant', { group: this.name, slot, worker })
  }

  #spawn(slot: number, release: Release): WorkerProcess {
    const { clock, emit } = this.#host
    const id = this.#host.nextWorkerId()
    const own = { id, slot, release, sockets: this.#sockets.addresses, clock }
    return launch(this.#config, own, this.#workerHost(), emit)
  }

  #workerHost(): WorkerHost {
    return {
      listen: (worker, question) => this.#listens.answer(worker, question),
      listening: (worker, listener) => {
        const socket = this.#seats.socketOf(worker, listener)
        if (!socket) return
        this.#host.emit('listening', worker, { socket: socket.name, address: socket.distribution.address })
      },
      unlisten: (worker, listener) => this.#listens.vacate(worker, listener),
      attachFailed: (worker, listener, source, errno) => {
        const where = `source ${source} of listener ${listener}`
        debug('worker %d cannot accept on %s: error %d', worker.id, where, errno)
        void worker.drain('replace')
      },
      call: (worker, question) => this.#host.call(worker, question),
      retire: (worker) => this.#retire(worker),
    }
  }

  #retire(worker: WorkerProcess): void {
    const slot = this.#slots.list[worker.slot]
    if (slot?.occupant !== worker || slot.state !== 'serving') return
    this.#releases.renew(slot).catch((error: ManifoldError) => this.#host.emit('failed', worker, error))
  }
}
