import { type Clock, formatAddress, ManifoldError, type SocketAddress, SocketError } from '@manifold/core'
import {
  errnoOf,
  formatSpec,
  HeldSocket,
  type ListenQuery,
  log,
  type SocketSpec,
  type SocketStore,
} from '@manifold/core/internal'
import { attainable, distribute, type Possible, possible } from '../distribution/distribute.js'
import type { Distribution } from '../distribution/distribution.js'
import type { BacklogFull } from '../events.js'
import type { Gate } from '../load/gate.js'
import type { GroupConfig } from '../options/group-config.js'
import type { EffectivePolicy } from '../policies/policy-options.js'
import type { AddressBook } from './address-book.js'
import { Lingering } from './lingering.js'
import {
  addressOf,
  areTwins,
  closeness,
  isImpossible,
  keyOf,
  portOf,
  reusesAddress,
  serves,
  specOf,
} from './query.js'
import type { Use } from './seats.js'

const debug = log('group')

/** Those that share an address. */
type Sockets = readonly [HeldSocket, ...HeldSocket[]]

/** What is known here of a guardian. */
export interface GuardedSockets {
  readonly store: SocketStore | undefined
  readonly connected: boolean
}

/** A socket of a group. */
export interface GroupSocket {
  /** The name under which it was declared; undefined if a worker took it by listening. */
  readonly name: string | undefined
  readonly spec: SocketSpec
  readonly distribution: Distribution
  readonly policy: EffectivePolicy
  /** The TLS ticket keys that its servers share: those of the first. */
  ticketKeys: string | undefined
}

/** The sockets of one group: those that it declares, and those that its workers took by listening. */
export class GroupSockets {
  readonly #config: GroupConfig
  readonly #book: AddressBook
  readonly #clock: Clock
  readonly #full: (full: BacklogFull) => void
  readonly #gate: Gate | undefined
  readonly #guard: GuardedSockets | undefined
  readonly #lingering: Lingering
  readonly #declared = new Map<string, GroupSocket>()
  readonly #taken = new Map<string, Promise<GroupSocket>>()
  /** Under which of these keys. */
  readonly #keys = new Map<GroupSocket, string>()
  readonly #open = new Set<GroupSocket>()
  #closed = false

  /**
   * @param full hears of a socket whose connections wait for workers, so many that no more are accepted.
   * @param gate through which the master lets connections in, if there is a limit.
   * @param guard where copies are kept, if the master has a guardian.
   */
  constructor(
    config: GroupConfig,
    book: AddressBook,
    clock: Clock,
    full: (full: BacklogFull) => void,
    gate?: Gate,
    guard?: GuardedSockets,
  ) {
    this.#config = config
    this.#book = book
    this.#clock = clock
    this.#full = full
    this.#gate = gate
    this.#guard = guard
    this.#lingering = new Lingering(clock)
  }

  /** Binds the declared sockets. Throws a `SocketError` that names the one that cannot be had. */
  async hold(): Promise<void> {
    for (const [name, spec] of Object.entries(this.#config.sockets)) {
      this.#declared.set(name, await this.#create(name, spec, name))
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
   * The socket that a worker's server asks for. `used` is what its other servers listen on.
   *
   * @throws {SocketError | ManifoldError} with the reason why it cannot have it.
   */
  async find(query: ListenQuery, used: readonly Use[]): Promise<GroupSocket> {
    if (isImpossible(query)) throw failure(query, 'EINVAL', 'the address is of the other family')
    const free = portOf(query) === 0 && specOf(query).type !== 'fd'
    for (const socket of this.#declaredFor(query)) {
      const beside = used.filter((use) => use.socket === socket)
      if (beside.every((use) => !free && areTwins(use.query, query))) return socket
      if (!free) throw inUse(query)
    }
    // Each `listen(0)` of a worker gets a port of its own; the first of every worker gets the same, and so on.
    const several = free || reusesAddress(query)
    for (let turn = 0; ; turn++) {
      const socket = await this.#take(several ? `${keyOf(query)}|${turn}` : keyOf(query), query)
      if (used.every((use) => use.socket !== socket)) return socket
      if (!several) throw inUse(query)
    }
  }

  /** A socket that was taken is given back when the last server on it has closed of its own accord. */
  release(socket: GroupSocket): void {
    if (socket.name !== undefined) return
    this.#open.delete(socket)
    const { distribution } = socket
    this.#book.remove(distribution.address)
    distribution.close()
    this.#lingering.add(distribution.address)
    // At once: whoever asks next must not get it.
    this.#taken.delete(this.#keys.get(socket) ?? '')
    this.#keys.delete(socket)
  }

  /** Accepts what still waits to be. Bounded in time. */
  async finish(): Promise<void> {
    await Promise.all([...this.#open].map(({ distribution }) => distribution.finish?.()))
  }

  close(): void {
    this.#closed = true
    for (const { distribution } of this.#open) {
      this.#book.remove(distribution.address)
      distribution.close()
    }
    this.#open.clear()
    this.#declared.clear()
    this.#taken.clear()
    this.#keys.clear()
  }

  /** The declared sockets that serve the query, the closest first. */
  #declaredFor(query: ListenQuery): GroupSocket[] {
    const closest = ({ distribution }: GroupSocket) => closeness(distribution.address, query)
    return [...this.#declared.values()]
      .filter(({ spec, distribution: { address } }) => serves({ spec, address }, query))
      .sort((one, other) => closest(other) - closest(one))
  }

  #take(key: string, query: ListenQuery): Promise<GroupSocket> {
    let taken = this.#taken.get(key)
    if (!taken) {
      taken = this.#create(undefined, specOf(query), key, query).then((socket) => {
        this.#keys.set(socket, key)
        return socket
      })
      this.#taken.set(key, taken)
      taken.catch(() => this.#taken.delete(key))
    }
    return taken
  }

  /** @param id tells its port from others of the group that the system chooses. */
  async #create(
    name: string | undefined,
    spec: SocketSpec,
    id: string,
    query?: ListenQuery,
  ): Promise<GroupSocket> {
    const { policies } = this.#config
    const wanted = possible((name !== undefined && policies[name]) || this.#config.policy, spec)
    const label = name ?? formatSpec(spec)
    const all = await this.#hold(label, spec, id, wanted.name === 'kernel')
    const [held] = all
    if (query?.readableAll || query?.writableAll) {
      for (const one of all) one.makeAccessible(query.readableAll === true, query.writableAll === true)
    }
    const policy = attainable(wanted, all)
    debug('%s: %s is distributed by %s', this.#config.name, label, policy.name)
    const where = { group: this.#config.name, socket: label, address: held.address }
    const full = (waiting: number) => this.#full({ ...where, waiting, code: 'ERR_MANIFOLD_BACKLOG_FULL' })
    const distribution = this.#distribute(all, policy, full)
    const socket = { name, spec, distribution, policy: policy.name, ticketKeys: undefined }
    this.#open.add(socket)
    return socket
  }

  /** A policy of the application's may throw as it is made; and the group may have stopped since the socket was asked for. */
  #distribute(held: Sockets, policy: Possible, full: (waiting: number) => void): Distribution {
    try {
      if (this.#closed)
        throw new ManifoldError('ERR_MANIFOLD_STOPPED', `group '${this.#config.name}' has stopped`)
      const guarded = this.#guard?.connected
      return distribute(held, policy, { clock: this.#clock, full, gate: this.#gate, guarded })
    } catch (error) {
      this.#book.remove(held[0].address)
      for (const one of held) one.close()
      throw error
    }
  }

  /** Enters the address before it is bound, where it is known: so that a conflict is told as what it is. */
  async #hold(label: string, spec: SocketSpec, id: string, reusePort: boolean): Promise<Sockets> {
    const { name: group } = this.#config
    const wanted = addressOf(spec)
    const sharing = {
      ipv6Only: 'ipv6Only' in spec && spec.ipv6Only,
      reuse: spec.type === 'udp' && spec.reuseAddr,
    }
    if (wanted) this.#book.enter(group, label, wanted, sharing)
    const store = this.#guard?.store
    const keeping = store && { store, key: this.#keyOf(spec, id) }
    let held: Sockets
    try {
      held = await this.#lingering.bind(wanted, () => HeldSocket.holdAll(label, spec, { reusePort, keeping }))
    } finally {
      if (wanted) this.#book.remove(wanted)
    }
    try {
      this.#book.enter(group, label, held[0].address, sharing)
      return held
    } catch (error) {
      for (const one of held) one.close()
      throw error
    }
  }

  /**
   * By which the next master finds it. An address is enough, so that a group may be named otherwise by then; but of a port
   * that the system chooses there may be any number.
   */
  #keyOf(spec: SocketSpec, id: string): string {
    // UDP sockets of both families may have the same port.
    const where = spec.type === 'udp' ? `${formatSpec(spec)} IPv${spec.family}` : formatSpec(spec)
    return 'port' in spec && spec.port === 0 ? [where, this.#config.name, id].join(' ') : where
  }
}

function inUse(query: ListenQuery): SocketError {
  return failure(query, 'EADDRINUSE', 'this worker listens there already')
}

function failure(query: ListenQuery, code: string, why: string): SocketError {
  const where = formatSpec(specOf(query))
  return new SocketError(where, where, code, errnoOf(code), why)
}

/** Between our bind and the first server, somebody else may have begun to listen on the same address. */
export function cannotListen(address: SocketAddress, errno: number): SocketError {
  const where = formatAddress(address)
  const code = process.getBuiltinModule('node:util').getSystemErrorName(errno)
  return new SocketError(where, where, code, errno, 'listening on it failed')
}

/** The error number for a worker's server. */
export function errnoFor(error: unknown): number {
  if (error instanceof SocketError) return error.errno
  const taken = error instanceof ManifoldError && error.code === 'ERR_MANIFOLD_ADDRESS_TAKEN'
  return errnoOf(taken ? 'EADDRINUSE' : 'EINVAL')
}
