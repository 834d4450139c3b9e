import type { Socket as UdpSocket } from 'node:dgram'
import type { Handle, StreamHandle, UdpHandle } from '../../node-internals.js'
import type { Listener } from './listener.js'

/** A UDP socket of the application. It gets the master's handle itself: there is nothing to stand between. */
export interface UdpListener {
  readonly id: number
  readonly socket: UdpSocket
  handle: UdpHandle | undefined
}

/** The servers of this worker that joined the group, by the number under which the master knows them. */
export class Listeners {
  readonly #streams = new Map<number, Listener>()
  readonly #udp = new Map<number, UdpListener>()
  /** By number: takes back what was hung on a server. */
  readonly #unhook = new Map<number, () => void>()
  /** Connections that were given to those that are gone. */
  #takenBefore = 0
  #last = 0
  #hurried = false

  nextId(): number {
    return ++this.#last
  }

  addStream(listener: Listener): void {
    const { id, server } = listener
    this.#streams.set(id, listener)
    listener.hurry(this.#hurried)
    // Until the last connection is gone: a drain must wait for it even if the application closed the server itself.
    // The event may also come late, of what the server did before; this listener is not closed then.
    const onClose = () => {
      if (listener.closed) this.remove(id)
    }
    server.on('close', onClose)
    this.#unhook.set(id, () => server.off('close', onClose))
  }

  addUdp(listener: UdpListener): void {
    const { id, socket } = listener
    this.#udp.set(id, listener)
    const onClose = () => this.remove(id)
    socket.on('close', onClose)
    this.#unhook.set(id, () => socket.off('close', onClose))
  }

  remove(id: number): void {
    this.#unhook.get(id)?.()
    this.#unhook.delete(id)
    this.#takenBefore += this.#streams.get(id)?.taken ?? 0
    this.#streams.delete(id)
    this.#udp.delete(id)
  }

  /** Whether that server is still open. */
  isOpen(id: number): boolean {
    return this.#udp.has(id) || this.#streams.get(id)?.closed === false
  }

  stream(id: number): Listener | undefined {
    return this.#streams.get(id)
  }

  get streams(): readonly Listener[] {
    return [...this.#streams.values()]
  }

  /** Connections that its servers have open, or that it is not decided yet who gets. */
  get held(): number {
    let held = 0
    for (const listener of this.#streams.values()) held += listener.open + listener.undecided
    return held
  }

  /** Connections that its servers have open. */
  get open(): number {
    let open = 0
    for (const listener of this.#streams.values()) open += listener.open
    return open
  }

  /** Connections that its servers have been given, ever. */
  get taken(): number {
    return this.streams.reduce((sum, { taken }) => sum + taken, this.#takenBefore)
  }

  get udp(): readonly UdpListener[] {
    return [...this.#udp.values()]
  }

  /** A handle from the master. Whose listener is gone by now is closed; the master keeps its own copy. */
  attach(id: number, source: number, handle: Handle | undefined, asleep: boolean): void {
    const udp = this.#udp.get(id)
    const stream = this.#streams.get(id)
    if (!handle) return
    if (udp && !udp.handle) udp.handle = handle as UdpHandle
    else if (stream) stream.attach(source, handle as StreamHandle, asleep)
    else handle.close()
  }

  /** Whether the master must know at once how many connections there are. */
  hurry(yes: boolean): void {
    this.#hurried = yes
    for (const listener of this.#streams.values()) listener.hurry(yes)
  }

  /** The master is gone, and these servers serve on. */
  orphan(): void {
    for (const listener of this.#streams.values()) listener.orphan()
  }

  share(id: number, average: number | null): void {
    this.#streams.get(id)?.share(average)
  }

  detach(id: number, source: number): void {
    this.#streams.get(id)?.detach(source)
  }
}
