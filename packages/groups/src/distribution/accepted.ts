import { type Clock, ManifoldError, type SocketAddress, type Timer } from '@manifold/core'
import { type HeldSocket, log, type StreamHandle } from '@manifold/core/internal'
import type { Policy } from '../policy.js'
import type { Distribution, Seat } from './distribution.js'
import { Queue } from './queue.js'

const debug = log('dispatch')

/**
 * How many connections may be on their way to one worker. A worker gets a second one only when all have their first,
 * and so on, so that who is busy keeps hardly anybody waiting; but under load many go out in one turn.
 */
const DEPTHS = [1, 2, 4, 8]

/** How long a worker rests that gave a connection back, and how often what waits is tried besides at every change. */
const RETRY_MS = 50

/** The master accepts, a policy chooses, and the connection is handed over. What is not taken comes back. */
export class AcceptedDistribution implements Distribution {
  readonly #held: HeldSocket
  readonly #policy: Policy<Seat>
  readonly #clock: Clock
  readonly #seats = new Set<Seat>()
  readonly #waiting = new Queue<StreamHandle>()
  /** Who gave a connection back, and is not asked for a while. */
  readonly #resting = new Set<Seat>()
  #listening = false
  #retry: Timer | undefined
  #closed = false

  constructor(held: HeldSocket, policy: Policy<Seat>, clock: Clock) {
    if (held.address.type === 'udp')
      throw new ManifoldError('ERR_MANIFOLD_STATE', 'datagrams are not accepted')
    this.#held = held
    this.#policy = policy
    this.#clock = clock
  }

  get address(): SocketAddress {
    return this.#held.address
  }

  add(seat: Seat): number {
    const errno = this.#listen()
    if (errno !== 0) return errno
    this.#seats.add(seat)
    this.#policy.add(seat)
    this.#dispatch()
    return 0
  }

  remove(seat: Seat): void {
    this.#resting.delete(seat)
    if (this.#seats.delete(seat)) this.#policy.remove(seat)
  }

  /** Accepts no more. What waits goes to the workers all the same: if they are to finish, this is before that. */
  close(): void {
    this.#closed = true
    this.#retry?.cancel()
    this.#held.close()
    for (const connection of this.#waiting.drain()) {
      const seat = this.#policy.pick(connection, ({ worker }) => worker.writable)
      if (seat) this.#offer(seat, connection)
      else connection.close()
    }
  }

  /** Only now, not before there is anybody to serve: until then clients are refused, as with any server. */
  #listen(): number {
    if (this.#listening) return 0
    const handle = this.#held.handle as StreamHandle
    handle.onconnection = (status, connection) => {
      if (status !== 0 || !connection) {
        debug('accept on %o failed: %d', this.address, status)
        return
      }
      this.#waiting.push(connection)
      this.#dispatch()
    }
    const errno = handle.listen(this.#held.backlog)
    this.#listening = errno === 0
    return errno
  }

  #dispatch(): void {
    for (let connection = this.#waiting.peek(); connection; connection = this.#waiting.peek()) {
      const seat = this.#pick(connection)
      if (!seat) {
        this.#retryLater()
        return
      }
      this.#waiting.shift()
      this.#offer(seat, connection)
    }
  }

  #pick(connection: StreamHandle): Seat | undefined {
    for (const depth of DEPTHS) {
      const seat = this.#policy.pick(connection, (candidate) => this.#isFree(candidate, depth))
      if (seat) return seat
    }
    return undefined
  }

  #offer(seat: Seat, connection: StreamHandle): void {
    seat.worker.offer(seat.listener, connection, (outcome) => {
      if (outcome !== 'accepted') {
        if (this.#closed) return connection.close()
        this.#waiting.unshift(connection)
        // It is full, say, or has no descriptor left. Asking on and on would only heat the processor.
        this.#resting.add(seat)
        this.#retryLater()
      }
      this.#dispatch()
    })
  }

  #isFree(seat: Seat, depth: number): boolean {
    const { writable, handoff, state } = seat.worker
    const able = writable && !handoff.stalled && handoff.unanswered < depth && !this.#resting.has(seat)
    // Who is starting has other things to do, and is better than nobody.
    return able && (state === 'ready' || !this.#anyReady())
  }

  #anyReady(): boolean {
    for (const { worker } of this.#seats) if (worker.state === 'ready') return true
    return false
  }

  #retryLater(): void {
    if (this.#seats.size === 0) return
    this.#retry ??= this.#clock.after(RETRY_MS, () => {
      this.#retry = undefined
      this.#resting.clear()
      this.#dispatch()
    })
  }
}
