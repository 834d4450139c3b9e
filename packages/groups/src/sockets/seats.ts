import type { ListenQuery, WorkerProcess } from '@manifold/core/internal'
import { Seat } from '../distribution/seat.js'
import type { GroupLimit } from '../load/group-limit.js'
import type { Word } from '../load/shares.js'
import type { GroupSocket } from './group-sockets.js'

/** A server of a worker, by what it asked for and what it got. */
export interface Use {
  readonly query: ListenQuery
  readonly socket: GroupSocket
}

interface Placed extends Use {
  readonly seat: Seat
  /** Whether connections may go to it. */
  active: boolean
}

/** Which server of which worker listens on which socket, and whether its turn has come. */
export class Seats {
  readonly #limit: GroupLimit | undefined
  readonly #ofWorker = new Map<WorkerProcess, Map<number, Placed>>()
  readonly #admitted = new WeakSet<WorkerProcess>()
  /** Also those of workers that are finishing: what they said before is still being read. */
  readonly #sockets = new WeakMap<WorkerProcess, Map<number, GroupSocket>>()

  constructor(limit?: GroupLimit) {
    this.#limit = limit
  }

  /** What a worker's servers listen on. */
  usedBy(worker: WorkerProcess): Use[] {
    return [...(this.#ofWorker.get(worker)?.values() ?? [])]
  }

  socketOf(worker: WorkerProcess, listener: number): GroupSocket | undefined {
    return this.#sockets.get(worker)?.get(listener)
  }

  /** The worker has so many connections open. */
  counted(worker: WorkerProcess, listener: number, open: number): void {
    const placed = this.#ofWorker.get(worker)?.get(listener)
    if (!placed) return
    placed.seat.open = open
    placed.socket.distribution.counted(placed.seat)
    this.#limit?.gate.changed()
  }

  /** The worker says how many connections it has under its limit, and whether it can have more. */
  limited(worker: WorkerProcess, word: Word & { readonly full: boolean }): void {
    const limit = this.#limit
    const wasFull = limit?.isFull(worker)
    limit?.heard(worker, word)
    const full = limit?.isFull(worker)
    if (full === wasFull) return
    for (const { seat, socket } of this.#active(worker)) {
      if (!socket.distribution.workersAccept) continue
      if (full) socket.distribution.filled(seat)
      else socket.distribution.freed(seat)
    }
  }

  /** Nothing of what goes to its servers waits for this worker. */
  suspend(worker: WorkerProcess): void {
    for (const { seat, socket } of this.#active(worker)) socket.distribution.suspend(seat)
  }

  resume(worker: WorkerProcess): void {
    for (const { seat, socket } of this.#active(worker)) socket.distribution.resume(seat)
  }

  /**
   * A server wants to listen. Connections go to it as soon as its worker is admitted; a UDP socket has to exist at
   * once, and reads as soon as it does. 0, or an error number.
   */
  place(worker: WorkerProcess, listener: number, { query, socket }: Use): number | Promise<number> {
    const placed: Placed = { seat: new Seat(worker, listener), query, socket, active: false }
    const sockets = this.#sockets.get(worker) ?? new Map<number, GroupSocket>()
    this.#sockets.set(worker, sockets.set(listener, socket))
    const seats = this.#ofWorker.get(worker) ?? new Map<number, Placed>()
    seats.set(listener, placed)
    this.#ofWorker.set(worker, seats)
    const atOnce = socket.distribution.address.type === 'udp'
    return atOnce || this.#admitted.has(worker) ? this.#activate(placed) : 0
  }

  /** A worker that cannot be given what its servers listen on cannot serve. */
  admit(worker: WorkerProcess): void {
    this.#admitted.add(worker)
    for (const placed of this.#ofWorker.get(worker)?.values() ?? []) {
      void this.#canActivate(placed).then((can) => {
        if (!can) void worker.drain('replace')
      })
    }
  }

  /** None of its servers gets any more connections, nor those that it may still start. */
  dismiss(worker: WorkerProcess): void {
    this.#admitted.delete(worker)
    for (const placed of this.#ofWorker.get(worker)?.values() ?? []) this.#deactivate(placed)
    this.#ofWorker.delete(worker)
  }

  /** A server was closed by its application. Returns its socket if no server is left on it. */
  vacate(worker: WorkerProcess, listener: number): GroupSocket | undefined {
    const placed = this.#ofWorker.get(worker)?.get(listener)
    if (!placed) return undefined
    this.#ofWorker.get(worker)?.delete(listener)
    this.#deactivate(placed)
    return this.isUsed(placed.socket) ? undefined : placed.socket
  }

  /** Whether any server listens on it. */
  isUsed(socket: GroupSocket): boolean {
    for (const seats of this.#ofWorker.values()) {
      for (const placed of seats.values()) if (placed.socket === socket) return true
    }
    return false
  }

  #active(worker: WorkerProcess): Placed[] {
    return [...(this.#ofWorker.get(worker)?.values() ?? [])].filter(({ active }) => active)
  }

  #activate(placed: Placed): number | Promise<number> {
    if (placed.active) return 0
    placed.active = true
    const { seat, socket } = placed
    const { distribution } = socket
    // Ahead of what it is lent.
    if (distribution.address.type !== 'udp') this.#limit?.add(seat, distribution.workersAccept)
    const result = distribution.add(seat)
    if (distribution.workersAccept && this.#limit?.isFull(seat.worker)) distribution.filled(seat)
    return result
  }

  async #canActivate(placed: Placed): Promise<boolean> {
    try {
      return (await this.#activate(placed)) === 0
    } catch {
      return false // its channel is closed, or full
    }
  }

  #deactivate(placed: Placed): void {
    if (!placed.active) return
    placed.active = false
    this.#limit?.remove(placed.seat)
    placed.socket.distribution.remove(placed.seat)
  }
}
