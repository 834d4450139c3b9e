import { Socket } from 'node:net'
import type { Hang } from '../../ipc/protocol.js'

/** An application that hangs over and over must not fill logs. */
const MAX_REPORTS = 6
const WITHIN_MS = 60_000

/** Tells the master of hangs, one JSON line each. */
export class Reports {
  readonly #fd: number
  readonly #now: () => number
  #socket: Socket | undefined
  #toldAt: number[] = []

  constructor(fd: number, now: () => number) {
    this.#fd = fd
    this.#now = now
  }

  /** Whether one more is to be made: not if there were many of late, nor if nobody reads them. */
  get allowed(): boolean {
    const since = this.#now() - WITHIN_MS
    this.#toldAt = this.#toldAt.filter((at) => at > since)
    return this.#toldAt.length < MAX_REPORTS && (this.#socket?.writableLength ?? 0) === 0
  }

  write(hang: Hang): void {
    this.#toldAt.push(this.#now())
    this.#socket ??= this.#open()
    this.#socket.write(`${JSON.stringify(hang)}\n`)
  }

  /** Not `fs.writeSync`: a thread that waits for a master that does not read could not be ended. */
  #open(): Socket {
    const socket = new Socket({ fd: this.#fd, readable: false, writable: true })
    // The master is gone, or wants to know no more.
    socket.on('error', () => process.exit())
    socket.unref()
    return socket
  }
}
