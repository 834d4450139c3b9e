import type { ReadyMode } from '../ipc/protocol.js'

export interface StartupOptions {
  readonly ready: ReadyMode
  /** The declared sockets. */
  readonly sockets: Readonly<Record<string, unknown>>
}

/** What a worker has done of what makes it ready: for the error that says why it is not. */
export class Startup {
  readonly #options: StartupOptions
  readonly #notes: string[] = []
  /** The declared sockets on which it listens; undefined for others. */
  readonly #listening = new Set<string | undefined>()
  #online = false

  constructor(options: StartupOptions) {
    this.#options = options
  }

  get notes(): readonly string[] {
    return this.#notes
  }

  /** Adds to what is told if the worker does not come up. */
  note(text: string): void {
    this.#notes.push(text)
  }

  online(): void {
    this.#online = true
  }

  listening(socket: string | undefined): void {
    this.#listening.add(socket)
  }

  /** @param standsBy whether it was to wait for a slot, as far as it would come without one. */
  whyNotReady(standsBy = false): string {
    if (!this.#online) return 'it has not come to run its program'
    if (standsBy) {
      const said = this.#options.ready === 'manual' ? ', nor called worker.ready()' : ''
      return `none of its servers has come to listen${said}`
    }
    if (this.#options.ready === 'manual') return 'it has not called worker.ready()'
    const missing = Object.keys(this.#options.sockets).filter((name) => !this.#listening.has(name))
    if (missing.length > 0) return `none of its servers listens on: ${missing.join(', ')}`
    return 'none of its servers listens on a socket of its group'
  }
}
