import type { ListenQuery, WorkerProcess } from '@manifold/core/internal'
import { Seat } from '../distribution/seat.js'
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
  readonly #ofWorker = new Map<WorkerProcess, Map<number, Placed>>()
  readonly #admitted = new WeakSet<WorkerProcess>()
  /** Also those of workers that are finishing: what they said before is still being read. */
  readonly #sockets = new WeakMap<WorkerProcess, Map<number, GroupSocket>>()

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
    return atOnce || this.#admitted.has(worker) ? activate(placed) : 0
  }

  /** A worker that cannot be given what its servers listen on cannot serve. */
  admit(worker: WorkerProcess): void {
    this.#admitted.add(worker)
    for (const placed of this.#ofWorker.get(worker)?.values() ?? []) {
      void canActivate(placed).then((can) => {
        if (!can) void worker.drain('replace')
      })
    }
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

  #active(worker: WorkerProcess): Placed[] {
    return [...(this.#ofWorker.get(worker)?.values() ?? [])].filter(({ active }) => active)
  }
}

function activate(placed: Placed): number | Promise<number> {
  if (placed.active) return 0
  placed.active = true
  return placed.socket.distribution.add(placed.seat)
}

async function canActivate(placed: Placed): Promise<boolean> {
  try {
    return (await activate(placed)) === 0
  } catch {
    return false // its channel is closed, or full
  }
}

function deactivate(placed: Placed): void {
  if (!placed.active) return
  placed.active = false
  placed.socket.distribution.remove(placed.seat)
}
