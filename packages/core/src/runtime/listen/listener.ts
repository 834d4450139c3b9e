import type { Server } from 'node:net'
import { MAX_TIMER_MS } from '../../clock.js'
import type { Handoff, Preface } from '../../ipc/handoff.js'
import type { WireAddress } from '../../ipc/protocol.js'
import { isFull, type SocketName, type StreamHandle } from '../../node-internals.js'
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
  /** If set, it counts, and not what the code names. */
  backlog: number | undefined
  readonly #on: ListenerEvents
  readonly #tally: Tally
  readonly #surplus: Surplus
  readonly #sources = new Map<number, StreamHandle>()
  #backlog: number | undefined
  #closed = false
  #unreferenced = false
  #awake: NodeJS.Timeout | undefined

  /** @param surplus how it gives connections to the master. */
  constructor(id: number, server: Server, on: ListenerEvents, surplus: Handoff) {
    this.id = id
    this.server = server
    this.watched = watch(server)
    this.#on = on
    this.#tally = new Tally(server, (open) => on.connections(open))
    this.#surplus = new Surplus(this, this.#tally, surplus)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Whether a connection that the master offers can be taken. */
  get accepts(): boolean {
    return !this.#closed && this.onconnection !== undefined && !isFull(this.server)
  }

  /** Connections that its server has open. */
  get open(): number {
    return this.#tally.open
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

  /** A socket to accept on. Before the server listens it only waits. */
  attach(source: number, handle: StreamHandle): void {
    if (this.#closed) {
      handle.close()
      return
    }
    this.#sources.set(source, handle)
    if (this.#unreferenced) handle.unref()
    if (this.#backlog === undefined) return
    const errno = this.#accept(handle, this.#backlog)
    if (errno === 0) return
    this.detach(source)
    this.#on.attachFailed(source, errno)
  }

  /** What the kernel has queued on that socket stays there, for whoever else holds it. */
  detach(source: number): void {
    this.#sources.get(source)?.close()
    this.#sources.delete(source)
  }

  /** A connection, from the kernel or from the master, becomes one of the server's. */
  take(connection: StreamHandle, preface?: Preface): void {
    const take = () => this.onconnection?.(0, connection)
    if (preface?.head || preface?.peer) withPreface(this.server, connection, preface, take)
    else take()
    this.#tally.came()
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
    if (!this.#unreferenced) this.#stayAwake()
    return 0
  }

  close(callback?: () => void): void {
    if (!this.#closed) {
      this.#closed = true
      clearInterval(this.#awake)
      for (const source of [...this.#sources.keys()]) this.detach(source)
      this.#on.close()
    }
    if (callback) setImmediate(callback)
  }

  ref(): void {
    this.#unreferenced = false
    this.#stayAwake()
    for (const handle of this.#sources.values()) handle.ref()
  }

  unref(): void {
    this.#unreferenced = true
    clearInterval(this.#awake)
    for (const handle of this.#sources.values()) handle.unref()
  }

  /** A server that listens keeps its process alive, also one that is given its connections one by one. */
  #stayAwake(): void {
    clearInterval(this.#awake)
    this.#awake = setInterval(() => {}, MAX_TIMER_MS)
  }

  #accept(handle: StreamHandle, backlog: number): number {
    handle.onconnection = (status, client) => {
      if (status !== 0 || !client) this.onconnection?.(status, client)
      else if (!this.#surplus.gave(client)) this.take(client)
    }
    return handle.listen(backlog)
  }
}
