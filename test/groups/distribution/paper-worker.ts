import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import type { SocketAddress } from '@manifold/core'
import { Handoff, type HeldSocket, type StreamHandle, type WorkerProcess } from '@manifold/core/internal'
import { Seat } from '@manifold/groups/internal'
import type { FakeClock } from '../../helpers/fake-clock.js'

/** A worker that exists on paper: it takes what it was offered, and confirms what it was sent, when the test says so. */
export class PaperWorker {
  readonly slot: number
  writable = true
  connected = true
  state = 'ready'
  overloaded = false
  started: Promise<void> = Promise.resolve()
  readonly handoff: Handoff
  /** The listeners of what it was offered, in order. */
  readonly offered: number[] = []
  /** What else it was told, in order: `attach` and `detach` with a slot, `share` with an average, `drain`. */
  readonly told: string[] = []
  /** The sockets of which it was asked for a copy, and how it sends that back. */
  readonly asked: { readonly socket: StreamHandle; readonly answer: (copy?: StreamHandle) => void }[] = []
  readonly #arrivals: ((arrived: boolean) => void)[] = []
  readonly #attachments = new Map<number, (arrived: boolean) => void>()

  constructor(clock: FakeClock, slot = 0) {
    this.slot = slot
    this.handoff = new Handoff(
      ({ listener }, _connection, answered) => {
        this.offered.push(listener)
        this.#arrivals.push(answered)
      },
      clock,
      () => assert.fail('no lease is broken'),
    )
  }

  get id(): number {
    return this.slot + 1
  }

  /** Its listener 1 on a socket. */
  seat(listener = 1): Seat {
    return new Seat(this as unknown as WorkerProcess, listener)
  }

  readonly offer = (...offer: Parameters<Handoff['offer']>) => this.handoff.offer(...offer)

  takeAll(): void {
    this.take(this.#arrivals.length)
  }

  take(count: number): void {
    for (const answered of this.#arrivals.splice(0, count)) answered(true)
  }

  attach(_listener: number, source: number, _handle: unknown, answered: (arrived: boolean) => void): void {
    if (!this.connected) throw new Error('the worker is out of reach')
    this.told.push(`attach ${source}`)
    this.#attachments.set(source, answered)
  }

  detach(_listener: number, source: number): void {
    this.told.push(`detach ${source}`)
  }

  share(_listener: number, average: number | null): void {
    this.told.push(`share ${average}`)
  }

  async drain(): Promise<void> {
    this.told.push('drain')
  }

  copy(socket: StreamHandle): Promise<StreamHandle | undefined> {
    return new Promise((answer) => this.asked.push({ socket, answer }))
  }

  /** The socket of that slot has arrived, or has not. What follows from it has happened when this resolves. */
  async receive(source: number, arrived = true): Promise<void> {
    this.#attachments.get(source)!(arrived)
    await setImmediate()
  }

  /** Sends the copy back that it was asked for first, or nothing. What follows has happened when this resolves. */
  async sendBack(copy?: PaperHandle): Promise<void> {
    this.asked.shift()!.answer(copy?.handle)
    await setImmediate()
  }

  /** What it was told since this was asked last. */
  news(): string[] {
    return this.told.splice(0)
  }
}

/** A socket or a connection that exists on paper. */
export class PaperHandle {
  closed = 0
  backlog: number | undefined
  errno = 0
  onconnection?: StreamHandle['onconnection']

  get handle(): StreamHandle {
    return this as unknown as StreamHandle
  }

  listen(backlog: number): number {
    this.backlog = backlog
    return this.errno
  }

  getpeername(out: { address?: string; port?: number }): number {
    Object.assign(out, { address: '::ffff:10.0.0.1', port: 7 })
    return 0
  }

  close(): void {
    this.closed++
  }

  /** Accepts a new connection. */
  accept(connection = new PaperHandle()): PaperHandle {
    this.onconnection!.call(this.handle, 0, connection.handle)
    return connection
  }
}

/** A held socket that exists on paper, with all that were bound beside it. */
export class PaperSocket {
  readonly socket = new PaperHandle()
  readonly others: PaperSocket[] = []
  readonly backlog: number
  readonly address: SocketAddress

  constructor(type: 'tcp' | 'udp' = 'tcp', backlog = 4) {
    this.address = { type, address: '127.0.0.1', family: 'IPv4', port: 1 }
    this.backlog = backlog
  }

  get handle(): StreamHandle {
    return this.socket.handle
  }

  get held(): HeldSocket {
    return this as unknown as HeldSocket
  }

  bindAnother(): PaperSocket {
    const other = new PaperSocket()
    this.others.push(other)
    return other
  }

  close(): void {
    this.socket.close()
  }
}
