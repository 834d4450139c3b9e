import { type Clock, ManifoldError } from '@manifold/core'
import type { WorkerProcess } from '@manifold/core/internal'
import type { GroupConfig } from '../options/group-config.js'
import type { Slot } from '../slots/slot.js'
import type { Slots } from '../slots/slots.js'
import type { Standbys } from '../slots/standbys.js'
import type { Emit } from '../workers/launch.js'
import { firstRelease, type Release } from './release.js'
import { Reload } from './reload.js'
import { parseReload, type ReloadConfig, type ReloadOptions } from './reload-options.js'

interface Running {
  readonly reload: Reload
  readonly ended: Promise<void>
}

/** What the workers of a group run: its own release, and the one that a reload is just rolling out. */
export class Releases {
  readonly #group: string
  readonly #host: { readonly clock: Clock; readonly emit: Emit }
  readonly #slots: Slots
  readonly #standbys: Pick<Standbys, 'dismiss' | 'fill'>
  #own: Release
  #running: Running | undefined

  constructor(
    config: GroupConfig,
    host: { readonly clock: Clock; readonly emit: Emit },
    slots: Slots,
    standbys: Pick<Standbys, 'dismiss' | 'fill'>,
  ) {
    this.#group = config.name
    this.#host = host
    this.#slots = slots
    this.#standbys = standbys
    this.#own = firstRelease(config)
  }

  /** The release that has proven itself: vacant slots get no other. */
  get own(): Release {
    return this.#own
  }

  /** What a slot that is added gets: the release that is being rolled out, while one is. */
  get current(): Release {
    return this.#running?.reload.release ?? this.#own
  }

  get reloading(): boolean {
    return this.#running !== undefined
  }

  /**
   * Replaces a worker by one that runs the same. But a release that a reload has given up ends with its
   * workers, and one that is being rolled out is answered for by the reload.
   */
  async renew(slot: Slot): Promise<WorkerProcess> {
    const reload = this.#running?.reload
    if (!reload || slot.releaseOf(slot.occupant) !== reload.release) {
      return (await slot.replace(this.#own)).worker
    }
    const { worker } = await slot.replace(reload.release)
    reload.watch(slot, worker)
    return worker
  }

  /** Fills a slot that was just added: its worker is one of those that a reload which runs answers for. */
  fillNew(slot: Slot): Promise<WorkerProcess> {
    const reload = this.#running?.reload
    const filled = slot.fill(this.current)
    reload?.join(slot, filled)
    return filled
  }

  /** See `Group`. */
  async reload(options: ReloadOptions): Promise<void> {
    const config = parseReload(options)
    if (!this.#running) return this.#start(config)
    if (Object.keys(options).length === 0) return this.#running.ended
    throw new ManifoldError('ERR_MANIFOLD_STATE', `group '${this.#group}' is being reloaded already`)
  }

  /** A worker is gone that was not to go. */
  lost(worker: WorkerProcess): void {
    this.#running?.reload.lost(worker)
  }

  /** Ends a reload that runs: it rejects with this. */
  stop(error: ManifoldError): void {
    this.#running?.reload.stop(error)
  }

  #start(config: ReloadConfig): Promise<void> {
    const next = config.change ? { ...this.#own, ...config.change } : this.#own
    const { clock, emit } = this.#host
    const slots = this.#slots
    const reload = new Reload(config, this.#own, next, {
      clock,
      get slots() {
        return slots.list.filter(({ left }) => !left)
      },
      failed: (worker, error) => emit('failed', worker, error),
    })
    const ended = this.#finish(reload, next)
    this.#running = { reload, ended }
    return ended
  }

  async #finish(reload: Reload, next: Release): Promise<void> {
    const group = this.#group
    // Whoever hears of the first worker that it starts may ask for a reload again.
    await Promise.resolve()
    // Also the same program may have changed since they have loaded it.
    this.#standbys.dismiss()
    try {
      await reload.run()
    } catch (thrown) {
      this.#running = undefined
      const error = thrown as ManifoldError
      // Nothing failed if all of it stops.
      if (error.code !== 'ERR_MANIFOLD_STOPPED') {
        this.#host.emit('reloadAborted', { group, error, rolledBack: reload.rolledBack })
      }
      this.#standbys.fill()
      throw error
    }
    this.#running = undefined
    this.#own = next
    this.#host.emit('reload', { group, workers: this.#slots.list.length })
    this.#standbys.fill()
  }
}
