import { type Clock, ManifoldError, type SocketAddress, type Timer } from '@manifold/core'
import { type HeldSocket, log, type StreamHandle } from '@manifold/core/internal'
import type { Policy } from '../policy.js'
import type { Distribution, Seat } from './distribution.js'
import { Queue } from './queue.js'

const debug = log('dispatch')

/**
 * How many connections may be on their way to one worker. More than one, so that the next is there when the first
 * is taken; few, because they wait for this worker alone.
 */
const WINDOW = 8

/** When connections wait and no worker can take one, they are tried again this often, besides at every change. */
const RETRY_MS = 50

/** The master accepts, a policy chooses, and the connection is handed over. What is not taken comes back. */
export class AcceptedDistribution implements Distribution {
  readonly #held: HeldSocket
  readonly #policy: Policy<Seat>
  readonly #clock: Clock
  readonly #seats = new Set<Seat>()
  readonly #waiting = new Queue<StreamHandle>()
  #listening = false
  #refusals = 0
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

  /** Connections that were accepted and wait for a worker. */
  get waiting(): number {
    return this.#waiting.size
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
    if (this.#seats.delete(seat)) this.#policy.remove(seat)
  }

  close(): void {
    this.#closed = true
    this.#retry?.cancel()
    this.#held.close()
    for (const connection of this.#waiting.drain()) connection.close()
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
      const seat = this.#policy.pick(connection, isFree)
      if (!seat) {
        this.#retryLater()
        return
      }
      this.#waiting.shift()
      this.#offer(seat, connection)
    }
  }

  #offer(seat: Seat, connection: StreamHandle): void {
    seat.worker.offer(seat.listener, connection, (outcome) => {
      if (outcome === 'accepted') this.#refusals = 0
      else if (this.#closed) return connection.close()
      else {
        this.#waiting.unshift(connection)
        // Each is at its `maxConnections`. Asking on and on would only heat the processor.
        if (outcome === 'refused' && ++this.#refusals >= this.#seats.size) return this.#retryLater()
      }
      this.#dispatch()
    })
  }

  #retryLater(): void {
    if (this.#seats.size === 0) return
    this.#retry ??= this.#clock.after(RETRY_MS, () => {
      this.#retry = undefined
      this.#refusals = 0
      this.#dispatch()
    })
  }
}

function isFree({ worker }: Seat): boolean {
  return worker.writable && !worker.handoff.stalled && worker.handoff.unanswered < WINDOW
}
