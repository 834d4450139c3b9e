import type { Clock } from '@manifold/core'
import type { WorkerProcess } from '@manifold/core/internal'
import type { Seat } from '../distribution/seat.js'
import type { GroupConfig } from '../options/group-config.js'
import type { Emit } from '../workers/launch.js'
import { Gate } from './gate.js'
import { Saturation } from './saturation.js'
import { Shares, type Word } from './shares.js'

/**
 * How many connections a group has at the most (option `maxConnections`). What the master accepts goes through its
 * gate; workers that accept by themselves have their shares.
 */
export class GroupLimit {
  readonly gate: Gate
  readonly #shares: Shares
  readonly #saturation: Saturation
  /** Servers of workers that accept by themselves, and of others. */
  readonly #accepting = new Map<WorkerProcess, Set<Seat>>()
  readonly #served = new Map<WorkerProcess, Set<Seat>>()
  readonly #full = new Set<WorkerProcess>()

  /** @param saturated is told when the group is at its limit, and when it is so no longer. */
  constructor(limit: number, clock: Clock, saturated: (yes: boolean) => void) {
    this.#shares = new Shares(limit)
    this.#saturation = new Saturation(clock, (yes) => {
      // Only the workers know when there is room.
      for (const worker of this.#served.keys()) worker.hurry(yes)
      saturated(yes)
    })
    this.gate = new Gate(
      limit,
      () => this.#acceptedByWorkers(),
      () => this.#judge(),
    )
  }

  /** A server may be given connections from now on. `accepts`: its worker accepts them by itself. */
  add(seat: Seat, accepts: boolean): void {
    const { worker } = seat
    const first = add(accepts ? this.#accepting : this.#served, seat)
    if (!first) return
    if (accepts) this.#shares.add(worker)
    else if (this.#saturation.saturated) worker.hurry(true)
    this.#judge()
  }

  remove(seat: Seat): void {
    const { worker } = seat
    remove(this.#served, seat)
    if (!remove(this.#accepting, seat)) return
    this.#full.delete(worker)
    this.#shares.remove(worker)
    this.#judge()
  }

  /** Whether this worker accepts nothing for now. */
  isFull(worker: WorkerProcess): boolean {
    return this.#full.has(worker)
  }

  heard(worker: WorkerProcess, word: Word & { readonly full: boolean }): void {
    if (!this.#accepting.has(worker)) return
    if (word.full) this.#full.add(worker)
    else this.#full.delete(worker)
    this.#shares.heard(worker, word)
    this.#judge()
  }

  /** There is no limit any more: what waits is let in. */
  lift(): void {
    this.gate.lift()
    this.#shares.lift()
    this.#saturation.close()
  }

  #judge(): void {
    const workersAreFull = this.#full.size > 0 && this.#full.size === this.#accepting.size
    this.#saturation.set(this.gate.isShut || (workersAreFull && this.#shares.areKnown))
  }

  #acceptedByWorkers(): number {
    let open = 0
    for (const seats of this.#accepting.values()) for (const seat of seats) open += seat.open
    return open
  }
}

/** Whether it is the first of its worker. */
function add(seats: Map<WorkerProcess, Set<Seat>>, seat: Seat): boolean {
  const own = seats.get(seat.worker)
  if (!own) seats.set(seat.worker, new Set([seat]))
  own?.add(seat)
  return !own
}

/** Whether it was the last of its worker. */
function remove(seats: Map<WorkerProcess, Set<Seat>>, seat: Seat): boolean {
  const own = seats.get(seat.worker)
  if (!own?.delete(seat) || own.size > 0) return false
  return seats.delete(seat.worker)
}

/** That of a group, if it has one; it is told of when it is reached, and when there is room again. */
export function groupLimit(
  { name: group, maxConnections }: GroupConfig,
  clock: Clock,
  emit: Emit,
): GroupLimit | undefined {
  if (maxConnections === undefined) return undefined
  return new GroupLimit(maxConnections, clock, (saturated) => {
    emit(saturated ? 'saturated' : 'unsaturated', { group, maxConnections })
  })
}
