import type { Server } from 'node:net'
import { MAX_TIMER_MS } from '../../clock.js'
import type { Preface } from '../../ipc/handoff.js'
import type { WireAddress } from '../../ipc/protocol.js'
import { isFull, type SocketName, type StreamHandle } from '../../node-internals.js'
import type { Runtime } from '../runtime.js'
import type { Limit } from './limit.js'
import { withPreface } from './preface.js'
import { Surplus } from './surplus.js'
import { Tally } from './tally.js'
import { type Watched, watch } from './watch.js'

/** What its master hears of a listener. */
export interface ListenerEvents {
  close(): void
  attachFailed(source: number, errno: number): void
  connections(open: number): void
}

type OnConnection = (this: unknown, status: number, client?: StreamHandle) => void

/**
 * Stands where a `net.Server` keeps its handle. The server cannot tell the difference; but behind it there may be
 * none, one or several sockets to accept on, and the master adds and removes them while the server lives: its
 * slot's own, those of a sibling that died, or connections one by one.
 */
export class Listener {
  /** Set by the server as it starts to listen. */
  onconnection: OnConnection | undefined
  /** Present for TCP only: a server on a Unix socket answers `address()` with the path that it was given. */
  getsockname?: (out: SocketName) => number
  readonly id: number
  readonly server: Server
  readonly watched: Watched
  readonly limit: Limit
  /** If set, it counts, and not what the code names. */
  backlog: number | undefined
  readonly #on: ListenerEvents
  readonly #tally: Tally
  readonly #surplus: Surplus
  readonly #sources = new Map<number, StreamHandle>()
  /** Not listened on unless the master is gone. */
  readonly #asleep = new Map<number, StreamHandle>()
  #backlog: number | undefined
  /** Whether it accepts by itself, in general. */
  #lent = false
  #closed = false
  #orphaned = false
  #unreferenced = false
  #awake: NodeJS.Timeout | undefined

  constructor(
    id: number,
    server: Server,
    on: ListenerEvents,
    { limit, surplus }: Pick<Runtime, 'limit' | 'surplus'>,
  ) {
    this.id = id
    this.server = server
    this.watched = watch(server)
    this.limit = limit
    this.#on = on
    this.#tally = new Tally(
      server,
      (open) => on.connections(open),
      () => limit.changed(),
    )
    this.#surplus = new Surplus(this, this.#tally, surplus)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** One of the sockets that it accepts on, if it accepts by itself. */
  get source(): StreamHandle | undefined {
    return this.#handles[0]
  }

  /** As of Node's handles: who accepts by itself can pass its socket on to a child by it. */
  get fd(): number | undefined {
    return (this.source as { readonly fd?: number } | undefined)?.fd
  }

  /** Whether its server listens. */
  get listens(): boolean {
    return this.#backlog !== undefined && !this.#closed
  }

  /** Whether a connection that the master offers can be taken. */
  get accepts(): boolean {
    if (this.#closed || this.onconnection === undefined || isFull(this.server)) return false
    // Of what the master accepts, it counts itself how many there may be.
    return !(this.#lent && this.limit.full)
  }

  /** Connections that its server has open. */
  get open(): number {
    return this.#tally.open
  }

  /** Connections that it has accepted, and that a sibling may get yet. */
  get undecided(): number {
    return this.#surplus.waiting
  }

  /** Connections that its server has been given, ever. */
  get taken(): number {
    return this.#tally.total
  }

  setAddress(address: WireAddress): void {
    if (address.type === 'unix') return
    const { address: host, family, port } = address
    this.getsockname = (out) => {
      Object.assign(out, { address: host, family, port })
      return 0
    }
  }

  /** A socket to accept on. Before the server listens it only waits; and one that is `asleep`, while there is a master. */
  attach(source: number, handle: StreamHandle, asleep = false): void {
    const sleeps = asleep && !this.#orphaned
    if (!sleeps) this.#lent = true
    // That this worker was full, the master may have read only when it no longer was, and lend the socket again.
    if (this.#closed || this.#sources.has(source) || this.#asleep.has(source)) {
      handle.close()
      return
    }
    if (this.#unreferenced) handle.unref()
    if (sleeps) {
      this.#asleep.set(source, handle)
      return
    }
    this.#sources.set(source, handle)
    if (this.#backlog === undefined) return
    const errno = this.#accept(handle, this.#backlog)
    if (errno === 0) {
      // Now the kernel queues what comes. The master knows that this worker is full, or will, and lends it again later.
      if (this.limit.full) this.letGo()
      return
    }
    this.detach(source)
    this.#on.attachFailed(source, errno)
  }

  /** What the kernel has queued on that socket stays there, for whoever else holds it. */
  detach(source: number): void {
    for (const sources of [this.#sources, this.#asleep]) {
      sources.get(source)?.close()
      sources.delete(source)
    }
  }

  /** The master is gone, and this server serves on: with what it had from it, and on the sockets that sleep. */
  orphan(): void {
    this.#orphaned = true
    this.#surplus.orphan()
    this.wake()
  }

  /** Nothing happens while there is a master, nor while nothing may come. */
  wake(): void {
    if (!this.#orphaned) return
    for (const [source, handle] of [...this.#asleep]) {
      if (this.limit.full) return
      this.#asleep.delete(source)
      this.attach(source, handle)
    }
  }

  /** Accepts no more. What the kernel queues is for whoever holds the sockets; a master that is gone does not. */
  letGo(): void {
    // Nobody may listen on them yet, and who comes would be refused.
    if (this.#backlog !== undefined && !this.#orphaned) this.leave()
  }

  /** The same for good. */
  leave(): void {
    this.#detachAll(this.#sources)
  }

  hurry(yes: boolean): void {
    this.#tally.hurried = yes
  }

  /** A connection that it has accepted becomes one of the server's. */
  take(connection: StreamHandle): void {
    this.onconnection?.(0, connection)
    this.#tally.came()
    this.limit.changed()
  }

  /** The same with one that the master has offered. */
  receive(connection: StreamHandle, preface: Preface): void {
    const take = () => this.onconnection?.(0, connection)
    if (preface.head || preface.peer) withPreface(this.server, connection, preface, take)
    else take()
    this.#tally.cameFromMaster()
    this.limit.changed()
  }

  /** See `surplus.ts`. */
  share(average: number | null): void {
    this.#surplus.setAverage(average)
  }

  // What `net.Server` calls.

  listen(asked: number): number {
    const backlog = this.backlog ?? asked
    this.#backlog = backlog
    for (const handle of this.#sources.values()) {
      const errno = this.#accept(handle, backlog)
      if (errno !== 0) return errno
    }
    if (this.limit.full) this.letGo()
    if (!this.#unreferenced) this.#stayAwake()
    return 0
  }

  close(callback?: () => void): void {
    if (!this.#closed) {
      this.#closed = true
      clearInterval(this.#awake)
      this.#detachAll(this.#sources)
      this.#detachAll(this.#asleep)
      this.#on.close()
    }
    if (callback) setImmediate(callback)
  }

  ref(): void {
    this.#unreferenced = false
    this.#stayAwake()
    for (const handle of this.#handles) handle.ref()
  }

  hasRef(): boolean {
    return !this.#unreferenced
  }

  unref(): void {
    this.#unreferenced = true
    clearInterval(this.#awake)
    for (const handle of this.#handles) handle.unref()
  }

  get #handles(): readonly StreamHandle[] {
    return [...this.#sources.values(), ...this.#asleep.values()]
  }

  #detachAll(sources: ReadonlyMap<number, StreamHandle>): void {
    for (const source of [...sources.keys()]) this.detach(source)
  }

  /** A server that listens keeps its process alive, also one that is given its connections one by one. */
  #stayAwake(): void {
    clearInterval(this.#awake)
    this.#awake = setInterval(() => {}, MAX_TIMER_MS)
  }

  #accept(handle: StreamHandle, backlog: number): number {
    handle.onconnection = (status, client) => {
      if (status !== 0 || !client) this.onconnection?.(status, client)
      else if (this.#surplus.gave(client)) this.limit.changed()
      else this.take(client)
    }
    return handle.listen(backlog)
  }
}
