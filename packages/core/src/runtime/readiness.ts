import type { WorkerBoot } from '../ipc/protocol.js'
import type { WorkerChannel } from './runtime.js'

/** Decides when this worker is ready, and says so once; `then` runs once it has. */
export class Readiness {
  readonly #boot: WorkerBoot
  readonly #channel: WorkerChannel
  readonly #missing: Set<string>
  readonly #then: () => void
  #asking = 0
  #any = false
  #said = false

  constructor(boot: WorkerBoot, channel: WorkerChannel, then: () => void) {
    this.#boot = boot
    this.#channel = channel
    this.#then = then
    this.#missing = new Set(Object.keys(boot.sockets))
  }

  /** Whether it has said so. */
  get isReady(): boolean {
    return this.#said
  }

  /** A server has asked for its socket. */
  asking(): void {
    this.#asking++
  }

  /** It has got an answer: it listens, or it failed. `socket` is the declared name of what it listens on. */
  answered(): void {
    this.#asking--
    this.#judgeSoon()
  }

  /** A server emits 'listening'. */
  listening(socket: string | undefined): void {
    this.#any = true
    if (socket !== undefined) this.#missing.delete(socket)
    this.#judgeSoon()
  }

  /** The worker says so itself. */
  ready(): void {
    if (this.#said || !this.#channel.open) return
    this.#said = true
    this.#channel.send({ t: 'ready' })
    this.#then()
  }

  /** Where nothing is declared, the first server makes the worker ready, with those that were started beside it. */
  #judgeSoon(): void {
    if (this.#boot.ready === 'listening' && !this.#said) setImmediate(() => this.#judge())
  }

  #judge(): void {
    if (this.#any && this.#missing.size === 0 && this.#asking === 0) this.ready()
  }
}
