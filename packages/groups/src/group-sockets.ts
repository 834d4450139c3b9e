import { type Clock, ManifoldError, type SocketAddress, SocketError } from '@manifold/core'
import {
  canReusePort,
  errnoOf,
  formatSpec,
  HeldSocket,
  type ListenQuery,
  log,
  makePipeAccessible,
  type SocketSpec,
  type StreamHandle,
} from '@manifold/core/internal'
import type { AddressBook } from './address-book.js'
import { AcceptedDistribution } from './distribution/accepted.js'
import type { Distribution, Seat } from './distribution/distribution.js'
import { KernelDistribution } from './distribution/kernel.js'
import { SharedDistribution } from './distribution/shared.js'
import type { GroupConfig, PolicyName } from './options.js'
import { RoundRobin } from './policies/round-robin.js'
import { keyOf, serves, specOf } from './query.js'

const debug = log('group')

/** A socket of a group. */
export interface GroupSocket {
  /** The name under which it was declared; undefined if a worker took it by listening. */
  readonly name: string | undefined
  readonly spec: SocketSpec
  readonly distribution: Distribution
  /** The TLS ticket keys that its servers share: those of the first. */
  ticketKeys: string | undefined
}

/** The sockets of one group: those that it declares, and those that its workers took by listening. */
export class GroupSockets {
  readonly #config: GroupConfig
  readonly #book: AddressBook
  readonly #clock: Clock
  readonly #declared = new Map<string, GroupSocket>()
  readonly #taken = new Map<string, Promise<GroupSocket>>()
  readonly #open = new Set<GroupSocket>()

  constructor(config: GroupConfig, book: AddressBook, clock: Clock) {
    this.#config = config
    this.#book = book
    this.#clock = clock
  }

  /** Binds the declared sockets. Throws a `SocketError` that names the one that cannot be had. */
  async hold(): Promise<void> {
    for (const [name, spec] of Object.entries(this.#config.sockets)) {
      this.#declared.set(name, await this.#create(name, spec))
    }
  }

  /** The declared sockets and their addresses. */
  get addresses(): Record<string, SocketAddress> {
    return Object.fromEntries(
      [...this.#declared].map(([name, { distribution }]) => [name, distribution.address]),
    )
  }

  get open(): ReadonlySet<GroupSocket> {
    return this.#open
  }

  /**
   * The socket that a worker's server asks for. `used` are those that this worker has servers on already.
   *
   * @throws {SocketError | ManifoldError} with the reason why it cannot have it.
   */
  async find(query: ListenQuery, used: readonly GroupSocket[]): Promise<GroupSocket> {
    for (const socket of this.#declared.values()) {
      const { spec, distribution } = socket
      if (!serves({ spec, address: distribution.address }, query)) continue
      if (query.port !== 0 || !used.includes(socket)) return socket
    }
    const free = query.port === 0
    // Each `listen(0)` of a worker gets a port of its own; the first of every worker gets the same, and so on.
    for (let turn = 0; ; turn++) {
      const socket = await this.#take(free ? `${keyOf(query)}|${turn}` : keyOf(query), query)
      if (!used.includes(socket)) return socket
      if (!free) throw inUse(query)
    }
  }

  /** A socket that was taken is given back when the last server on it has closed of its own accord. */
  release(socket: GroupSocket): void {
    if (socket.name !== undefined) return
    this.#open.delete(socket)
    this.#book.remove(socket.distribution.address)
    socket.distribution.close()
    for (const [key, taken] of this.#taken) {
      void taken.then((other) => {
        if (other === socket) this.#taken.delete(key)
      })
    }
  }

  close(): void {
    for (const { distribution } of this.#open) {
      this.#book.remove(distribution.address)
      distribution.close()
    }
    this.#open.clear()
    this.#declared.clear()
    this.#taken.clear()
  }

  #take(key: string, query: ListenQuery): Promise<GroupSocket> {
    let taken = this.#taken.get(key)
    if (!taken) {
      taken = this.#create(undefined, specOf(query), query)
      this.#taken.set(key, taken)
      taken.catch(() => this.#taken.delete(key))
    }
    return taken
  }

  async #create(name: string | undefined, spec: SocketSpec, query?: ListenQuery): Promise<GroupSocket> {
    const policy = effectivePolicy(this.#config.policy, spec)
    const label = name ?? formatSpec(spec)
    const held = await HeldSocket.hold(label, spec, { reusePort: policy === 'kernel' })
    try {
      this.#book.enter(this.#config.name, label, held.address)
      if (query?.readableAll || query?.writableAll) {
        makePipeAccessible(
          held.handle as StreamHandle,
          query.readableAll === true,
          query.writableAll === true,
        )
      }
    } catch (error) {
      held.close()
      throw error
    }
    debug('%s: %s is distributed by %s', this.#config.name, label, policy)
    const socket = { name, spec, distribution: this.#distribute(held, policy), ticketKeys: undefined }
    this.#open.add(socket)
    return socket
  }

  #distribute(held: HeldSocket, policy: Exclude<PolicyName, 'auto'>): Distribution {
    switch (policy) {
      case 'kernel':
        return new KernelDistribution(held)
      case 'shared':
        return new SharedDistribution(held)
      case 'round-robin':
        return new AcceptedDistribution(held, new RoundRobin<Seat>(), this.#clock)
      default:
        return policy satisfies never
    }
  }
}

/** What a policy comes down to for one kind of socket, on this Node and this system. */
export function effectivePolicy(
  policy: PolicyName,
  spec: SocketSpec,
  reusePort = canReusePort,
): Exclude<PolicyName, 'auto'> {
  const udp = spec.type === 'udp' || (spec.type !== 'tcp' && spec.type !== 'unix' && spec.transport === 'udp')
  // Datagrams are not accepted, so that there is nothing to hand over; and one socket of their own per slot would
  // keep the datagrams of a slot whose worker is gone.
  if (udp) return 'shared'
  if (policy === 'round-robin' || policy === 'shared') return policy
  if (spec.type === 'tcp' && reusePort) return 'kernel'
  debug('kernel is not possible for %s here, using shared', formatSpec(spec))
  return 'shared'
}

function inUse(query: ListenQuery): SocketError {
  const where = formatSpec(specOf(query))
  return new SocketError(
    where,
    where,
    'EADDRINUSE',
    errnoOf('EADDRINUSE'),
    'this worker listens there already',
  )
}

/** The error number for a worker's server. */
export function errnoFor(error: unknown): number {
  if (error instanceof SocketError) return error.errno
  const taken = error instanceof ManifoldError && error.code === 'ERR_MANIFOLD_ADDRESS_TAKEN'
  return errnoOf(taken ? 'EADDRINUSE' : 'EINVAL')
}
