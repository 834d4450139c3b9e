import { ManifoldError } from '@manifold/core'
import { type GuardianLink, guardianLink, log, type SocketStore } from '@manifold/core/internal'
import { type Dependant, longestChain } from './dependencies.js'
import type { GuardianStatus } from './status.js'

const debug = log('guard')

/** What a guardian does to its master. */
export interface Guarded {
  /** It is no longer needed. After `replace` another serves. */
  stop(cause: 'stop' | 'replace'): void
  lost(): void
}

interface Draining extends Dependant {
  readonly drainTimeoutMs: number
}

/** How a master stands to its guardian. Without one, nothing of this does anything. */
export class Guard {
  readonly #link: GuardianLink | undefined
  #guards = false

  /** @throws {ManifoldError} `ERR_MANIFOLD_PROTOCOL` if the guardian of this process is of another version. */
  constructor(link = guardianLink()) {
    this.#link = link
  }

  /** Where copies of the sockets are kept. */
  get store(): SocketStore | undefined {
    return this.#guards ? this.#link?.store : undefined
  }

  /** What tells workers whether they are needed without a master. */
  get lifeline(): number | undefined {
    return this.connected ? this.#link?.lifeline : undefined
  }

  get connected(): boolean {
    return this.#guards && this.#link?.open === true
  }

  /** Whether its guardian is gone that was to end the master which this one was to follow: both would serve for ever. */
  get needless(): boolean {
    return this.#guards && this.#link?.needless === true
  }

  get status(): GuardianStatus | null {
    if (!this.#guards || !this.#link) return null
    return { generation: this.#link.boot.generation, connected: this.connected }
  }

  /**
   * The master starts. Resolves when all is here that a master before has left.
   *
   * @throws {ManifoldError} `ERR_MANIFOLD_STOPPED` if it was to follow another, and there is nobody any more to end that.
   */
  async begin(master: Guarded, groups: readonly Draining[]): Promise<void> {
    const link = this.#link
    if (!link) return
    if (!link.claim()) {
      if (link.needless) throw needless()
      debug('this master is not guarded: its process has had another one')
      return
    }
    this.#guards = true
    link.on('stop', (cause) => master.stop(cause))
    link.on('lost', () => master.lost())
    link.begun(drainOf(groups))
    if (link.told) master.stop(link.told)
    await link.store.loaded()
  }

  /** All groups are ready; or there is another one since. */
  settled(groups: readonly Draining[]): void {
    if (this.#guards) this.#link?.settled(drainOf(groups))
  }

  failed(error: unknown): void {
    if (this.#guards) this.#link?.failed(error)
  }

  stopping(cause: 'stop' | 'replace'): void {
    if (this.#guards) this.#link?.stopping(cause)
  }

  /** Nothing is left of the master. */
  async end(): Promise<void> {
    if (this.#guards) await this.#link?.close()
  }
}

/** The longest that workers of them may drain, one group after another. */
function drainOf(groups: readonly Draining[]): number {
  return longestChain(groups, ({ drainTimeoutMs }) => drainTimeoutMs)
}

function needless(): ManifoldError {
  return new ManifoldError(
    'ERR_MANIFOLD_STOPPED',
    'the guardian is gone, and the master before this one serves on',
  )
}
