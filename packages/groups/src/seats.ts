import type { WorkerProcess } from '@manifold/core/internal'
import type { Seat } from './distribution/distribution.js'
import type { GroupSocket } from './group-sockets.js'

interface Placed {
  readonly seat: Seat
  readonly socket: GroupSocket
  /** Whether connections may go to it. */
  active: boolean
}

/** Which server of which worker listens on which socket, and whether its turn has come. */
export class Seats {
  readonly #ofWorker = new Map<WorkerProcess, Map<number, Placed>>()
  readonly #admitted = new WeakSet<WorkerProcess>()

  /** The sockets on which a worker has servers. */
  socketsOf(worker: WorkerProcess): GroupSocket[] {
    return [...(this.#ofWorker.get(worker)?.values() ?? [])].map(({ socket }) => socket)
  }

  socketOf(worker: WorkerProcess, listener: number): GroupSocket | undefined {
    return this.#ofWorker.get(worker)?.get(listener)?.socket
  }

  /** A server wants to listen. Connections go to it as soon as its worker is admitted. Returns 0 or an error number. */
  place(worker: WorkerProcess, listener: number, socket: GroupSocket): number {
    const placed: Placed = { seat: { worker, listener, slot: worker.slot }, socket, active: false }
    const seats = this.#ofWorker.get(worker) ?? new Map<number, Placed>()
    seats.set(listener, placed)
    this.#ofWorker.set(worker, seats)
    return this.#admitted.has(worker) ? activate(placed) : 0
  }

  admit(worker: WorkerProcess): void {
    this.#admitted.add(worker)
    for (const placed of this.#ofWorker.get(worker)?.values() ?? []) activate(placed)
  }

  /** None of its servers gets any more connections, nor those that it may still start. */
  dismiss(worker: WorkerProcess): void {
    this.#admitted.delete(worker)
    for (const placed of this.#ofWorker.get(worker)?.values() ?? []) deactivate(placed)
    this.#ofWorker.delete(worker)
  }

  /** A server was closed by its application. Returns its socket if no server is left on it. */
  vacate(worker: WorkerProcess, listener: number): GroupSocket | undefined {
    const placed = this.#ofWorker.get(worker)?.get(listener)
    if (!placed) return undefined
    this.#ofWorker.get(worker)?.delete(listener)
    deactivate(placed)
    for (const seats of this.#ofWorker.values()) {
      for (const { socket } of seats.values()) if (socket === placed.socket) return undefined
    }
    return placed.socket
  }
}

function activate(placed: Placed): number {
  if (placed.active) return 0
  placed.active = true
  return placed.socket.distribution.add(placed.seat)
}

function deactivate(placed: Placed): void {
  if (!placed.active) return
  placed.active = false
  placed.socket.distribution.remove(placed.seat)
}
