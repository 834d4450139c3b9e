import type { Clock } from '@manifold/core'
import { type ListeningInfo, MAX_TIMER_MS, type WorkerProcess } from '@manifold/core/internal'
import type { ForkSettings, Release } from '../reload/release.js'
import type { Slot } from '../slots/slot.js'
import type { Slots } from '../slots/slots.js'
import type { GroupSockets } from '../sockets/group-sockets.js'
import type { Seats } from '../sockets/seats.js'
import type { Launch } from '../workers/launch.js'

/** Who has the workers of a pool forked. */
export interface ForkHost {
  /** How a worker is started that nobody has forked: `scale` has added its slot. */
  settings(): ForkSettings
  /** Whether somebody sees to it that a worker that dies is succeeded. Then its sockets wait for the successor. */
  isSupervised(): boolean
  /** @param byProgram whether it has asked for it itself, and so sees to what becomes of it. */
  forked(worker: WorkerProcess, byProgram: boolean): void
  listening(worker: WorkerProcess, where: ListeningInfo): void
}

/** What a reload may have changed: that counts more than what was set at the fork. */
const CHANGEABLE = ['exec', 'args', 'cwd'] as const

/** How long the successor of a worker that listens may take until it does, as in other groups. */
const READY_TIMEOUT_MS = 30_000

/** How long a worker whose channel is closed may take to end before it is succeeded all the same. */
const ENDING_MS = 2_000

/**
 * The side of a group that is as of `node:cluster`: workers are forked one by one, each with settings of its own, which its
 * successors in the slot inherit; and a socket is closed when nobody is left who listens on it.
 */
export class Forks {
  readonly #host: ForkHost
  readonly #clock: Clock
  readonly #seats: Seats
  readonly #sockets: GroupSockets
  readonly #slots: () => Slots
  readonly #settings = new WeakMap<Slot, ForkSettings>()
  /** Those who died, and whom nobody is about to succeed. */
  readonly #unsucceeded = new WeakSet<WorkerProcess>()
  /** While a successor is awaited: there may be nothing else that keeps the process alive. */
  #awake: NodeJS.Timeout | undefined
  /** The program forks right now. */
  #forking = false

  constructor(host: ForkHost, clock: Clock, seats: Seats, sockets: GroupSockets, slots: () => Slots) {
    this.#host = host
    this.#clock = clock
    this.#seats = seats
    this.#sockets = sockets
    this.#slots = slots
  }

  /** Whoever has died is succeeded first. Throws whatever Node throws instead of forking. */
  fork(settings: ForkSettings, release: Release): WorkerProcess {
    const slots = this.#slots()
    const vacant = slots.list.filter(({ state }) => state === 'vacant')
    const slot = vacant.find(({ lost }) => lost) ?? vacant[0] ?? slots.grow(slots.list.length + 1)[0]!
    const before = this.#settings.get(slot)
    this.#settings.set(slot, settings)
    this.#forking = true
    try {
      return slot.begin(release)
    } catch (error) {
      if (before) this.#settings.set(slot, before)
      slots.trim()
      throw error
    } finally {
      this.#forking = false
    }
  }

  /** How a worker of that slot is started. It is ready when it runs; but not before it listens if it succeeds one that does. */
  launching(index: number, release: Release): Pick<Launch, 'release' | 'start'> {
    const slot = this.#slots().list[index]!
    const settings = this.#settings.get(slot) ?? this.#host.settings()
    const changed = Object.fromEntries(
      CHANGEABLE.flatMap((key) =>
        release[key] === undefined || release[key] === '' ? [] : [[key, release[key]]],
      ),
    )
    const { occupant } = slot
    const succeeds = occupant !== undefined && this.#seats.usedBy(occupant).length > 0
    return {
      release: {
        ...settings,
        ...changed,
        env: { ...settings.env, ...release.env },
        throws: this.#forking,
      } as Release,
      start: succeeds
        ? { ready: 'listening', readyTimeoutMs: READY_TIMEOUT_MS }
        : { ready: 'online', readyTimeoutMs: MAX_TIMER_MS },
    }
  }

  forked(worker: WorkerProcess): void {
    this.#keepAwake(this.#isAwaiting())
    this.#host.forked(worker, this.#forking)
  }

  listening(worker: WorkerProcess, where: ListeningInfo): void {
    this.#host.listening(worker, where)
  }

  /**
   * A slot is vacant. If its worker died, that is announced once its program has heard of it, and has had the chance to fork
   * another itself.
   */
  vacated(worker: WorkerProcess, announce: () => void): void {
    this.#slots().trim()
    this.abandoned()
    const ended = () => {
      late.cancel()
      worker.off('exit', ended)
      announce()
      // The supervisor may have been stopped in the meantime.
      this.abandoned()
    }
    const late = this.#clock.after(ENDING_MS, ended)
    worker.on('exit', ended)
  }

  /** Whoever supervises has decided that this worker shall have no successor, for now. */
  leftVacant(worker: WorkerProcess): void {
    this.#unsucceeded.add(worker)
    this.abandoned()
  }

  /** The sockets are closed that nobody listens on, unless a successor will. */
  abandoned(): void {
    const isAwaiting = this.#isAwaiting()
    this.#keepAwake(isAwaiting)
    if (isAwaiting) return
    for (const socket of this.#sockets.open) if (!this.#seats.isUsed(socket)) this.#sockets.release(socket)
  }

  /** Nobody is succeeded any more. */
  stop(): void {
    this.#keepAwake(false)
  }

  /** Whether somebody is about to succeed one who died. */
  #isAwaiting(): boolean {
    const isAwaited = this.#slots().list.some(({ lost }) => lost && !this.#unsucceeded.has(lost))
    return isAwaited && this.#host.isSupervised()
  }

  #keepAwake(awake: boolean): void {
    clearInterval(this.#awake)
    this.#awake = awake ? setInterval(() => {}, MAX_TIMER_MS) : undefined
  }
}
