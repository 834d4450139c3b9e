import { type Clock, ManifoldError, type SocketAddress } from '@manifold/core'
import { type HeldSocket, type SocketName, type StreamHandle, untilQuiet } from '@manifold/core/internal'
import type { FirstBytes } from '../first-bytes/first-bytes.js'
import type { Found } from '../first-bytes/found.js'
import type { Door, Gate } from '../load/gate.js'
import type { Connection, Strategy } from '../policies/policy.js'
import { Acceptors } from './acceptors.js'
import { Dispatcher } from './dispatcher.js'
import type { Distribution } from './distribution.js'
import type { Seat } from './seat.js'

export interface AcceptedOptions {
  readonly strategy: (free: (seat: Seat) => boolean) => Strategy<Seat>
  /** If set, the client is told by what it says first, and only then by its address. */
  readonly firstBytes?: FirstBytes | undefined
  /** Whether the strategy looks at the client; its key is its address, if nothing better is known. */
  readonly describes: boolean
  readonly clock: Clock
  /** So many connections wait in the master that it takes no more; the kernel queues them from now on. */
  readonly full: (waiting: number) => void
  /** If set, it may be shut: the group has all the connections that it may. */
  readonly gate?: Gate | undefined
  /** Whether workers serve on when the master is gone: then each has the sockets, too, and sleeps on them. */
  readonly guarded?: boolean | undefined
}

/** How long new connections are still accepted as everything stops, while one follows on the other. */
const QUEUE_MS = 250
/** How long it may take then until every connection has a worker, and how often that is looked at. */
const PLACING_MS = 1_000
const PAUSE_MS = 10

/** The master accepts, a policy chooses, and the connection is handed over. What is not taken comes back. */
export class AcceptedDistribution implements Distribution, Door {
  readonly workersAccept = false
  readonly held: readonly [HeldSocket, ...HeldSocket[]]
  readonly #options: AcceptedOptions
  readonly #dispatcher: Dispatcher
  readonly #acceptor: Acceptors
  /** Connections that it has accepted, ever. */
  #taken = 0
  #ending = false

  constructor(held: readonly [HeldSocket, ...HeldSocket[]], options: AcceptedOptions) {
    if (held[0].address.type === 'udp')
      throw new ManifoldError('ERR_MANIFOLD_STATE', 'datagrams are not accepted')
    const { clock, strategy, gate } = options
    this.held = held
    this.#options = options
    this.#dispatcher = new Dispatcher(strategy, clock, () => {
      gate?.changed()
      this.#acceptAgain()
    })
    this.#acceptor = new Acceptors(
      held,
      clock,
      () => this.#carriers(),
      (handle) => this.#accepted(handle),
    )
    gate?.add(this)
  }

  get address(): SocketAddress {
    return this.held[0].address
  }

  /** Those that its servers have open, and those that are on their way there. */
  get connections(): number {
    const reading = this.#options.firstBytes?.size ?? 0
    return this.#dispatcher.seats.reduce((sum, { open }) => sum + open, this.#dispatcher.unsettled + reading)
  }

  shut(): void {
    // The first time it must be known whether the system lets it listen.
    if (this.#acceptor.listened) this.#acceptor.pause()
  }

  open(): void {
    this.#acceptAgain()
  }

  get waiting(): number {
    return this.#dispatcher.size
  }

  add(seat: Seat): number | Promise<number> {
    if (this.#options.guarded) this.#lendAsleep(seat)
    this.#dispatcher.add(seat)
    if (this.#options.gate?.isShut && this.#acceptor.listened) return 0
    const errno = this.#acceptor.start()
    if (typeof errno === 'number') return errno
    return errno.then((result) => {
      if (result !== 0) this.remove(seat)
      if (this.#options.gate?.isShut) this.shut()
      return result
    })
  }

  #lendAsleep({ worker, listener }: Seat): void {
    for (const [source, { handle }] of this.held.entries()) {
      const answered = (arrived: boolean) => {
        if (!arrived && worker.connected) void worker.drain('replace')
      }
      worker.attach(listener, source, handle, answered, { asleep: true })
    }
  }

  /** Without anybody to serve them, connections wait in the kernel. */
  remove(seat: Seat): void {
    this.#dispatcher.remove(seat)
    if (this.#dispatcher.seats.length === 0) this.#acceptor.pause()
    this.#options.gate?.changed()
  }

  suspend(seat: Seat): void {
    this.#dispatcher.suspend(seat)
  }

  resume(seat: Seat): void {
    this.#dispatcher.resume(seat)
  }

  filled(): void {}

  freed(): void {}

  counted(): void {
    this.#options.gate?.changed()
  }

  returned(handle: StreamHandle): void {
    this.#dispatch(handle, { key: undefined })
  }

  async finish(): Promise<void> {
    const { clock } = this.#options
    this.#ending = true
    if (this.#options.gate) await this.#until(() => this.#acceptor.open || this.#nobody, QUEUE_MS)
    if (this.#acceptor.open) await untilQuiet(() => this.#taken, QUEUE_MS, clock)
    this.#acceptor.pause()
    // What they have not said by now, they cannot be asked any more.
    this.#options.firstBytes?.close()
    await this.#until(() => !this.#isPlacing(), PLACING_MS)
  }

  async #until(done: () => boolean, withinMs: number): Promise<void> {
    const { clock } = this.#options
    const deadline = clock.now() + withinMs
    while (!done() && clock.now() < deadline) {
      await new Promise<void>((resolve) => {
        clock.after(PAUSE_MS, resolve)
      })
    }
  }

  /** Whether there are connections of which nobody has said that they are his. */
  #isPlacing(): boolean {
    return this.#dispatcher.size > 0 || this.#dispatcher.seats.some(({ offered }) => offered > 0)
  }

  close(): void {
    this.#ending = true
    this.#options.gate?.remove(this)
    this.#acceptor.pause()
    for (const held of this.held) held.close()
    this.#options.firstBytes?.close()
    this.#dispatcher.close()
  }

  #accepted(handle: StreamHandle): void {
    this.#taken++
    const { firstBytes } = this.#options
    if (firstBytes) {
      const gone = () => this.#options.gate?.changed()
      firstBytes.read(handle, (found, head) => this.#dispatch(handle, found, head), gone)
    } else this.#dispatch(handle, { key: undefined })
    this.#options.gate?.changed()
    // Those that are being read from have a bound of their own, and need no worker yet.
    const { size } = this.#dispatcher
    if (size < this.held[0].backlog || !this.#acceptor.open) return
    this.#acceptor.pause()
    this.#options.full(size)
  }

  #dispatch(handle: StreamHandle, { key, strip = 0, peer }: Found, head?: Buffer): void {
    const connection = this.#options.describes ? describe(handle) : UNKNOWN
    const rest = head?.subarray(strip)
    const preface = rest && {
      ...(rest.length > 0 && { head: rest.toString('base64') }),
      ...(peer && { peer }),
    }
    this.#dispatcher.dispatch({
      handle,
      connection: { ...connection, key: key ?? connection.remoteAddress },
      ...(preface && { preface }),
    })
  }

  /** Once half of what waited has found somebody. */
  #acceptAgain(): void {
    if (this.#ending || this.#acceptor.open || this.#options.gate?.isShut) return
    if (!this.#nobody && this.#dispatcher.size <= this.held[0].backlog / 2) void this.#acceptor.start()
  }

  get #nobody(): boolean {
    return this.#dispatcher.seats.length === 0
  }

  /** Who is likely to send a copy of the socket back soon. */
  #carriers(): readonly Seat[] {
    const reads = ({ worker }: Seat) => worker.connected && !worker.handoff.stalled
    return this.#dispatcher.seats.filter(reads)
  }
}

const UNKNOWN: Connection = { remoteAddress: undefined, remotePort: undefined }

function describe(handle: StreamHandle): Connection {
  const name: SocketName = {}
  // Of a client that has gone again there is nothing to know.
  if (handle.getpeername?.(name) !== 0) return UNKNOWN
  return { remoteAddress: name.address?.replace(/^::ffff:(?=\d+\.)/i, ''), remotePort: name.port }
}
