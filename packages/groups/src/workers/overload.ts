import type { Vitals } from '@manifold/core'
import { log, type WorkerProcess } from '@manifold/core/internal'
import type { GroupConfig, OverloadConfig } from '../options/group-config.js'
import type { Emit } from './launch.js'

const debug = log('overload')

/** What is watched of a worker, and marked on it. */
type Watched = Pick<WorkerProcess, 'id' | 'state' | 'overloaded'>

/**
 * Finds workers whose event loop stays late, by their beats. How long is told by the worker's own clock: a master that
 * was busy reads many beats at once.
 */
export class Overload<Worker extends Watched> {
  readonly #config: OverloadConfig
  readonly #on: {
    overload(worker: Worker, vitals: Vitals): void
    relieved(worker: Worker, vitals: Vitals): void
  }
  /** Since when, by its uptime, a worker has been otherwise than it is marked. */
  readonly #otherSince = new WeakMap<Worker, number>()

  constructor(
    config: OverloadConfig,
    on: {
      overload(worker: Worker, vitals: Vitals): void
      relieved(worker: Worker, vitals: Vitals): void
    },
  ) {
    this.#config = config
    this.#on = on
  }

  /** A worker tells how it is. One that is starting, or finishing, is not judged. */
  beat(worker: Worker, vitals: Vitals): void {
    if (worker.state !== 'ready') {
      this.#otherSince.delete(worker)
      worker.overloaded = false
      return
    }
    const late = vitals.delayP99Ms > this.#config.delayMs
    if (late === worker.overloaded) {
      this.#otherSince.delete(worker)
      return
    }
    const since = this.#otherSince.get(worker) ?? vitals.uptimeMs
    this.#otherSince.set(worker, since)
    if (vitals.uptimeMs - since < this.#config.forMs) return
    this.#otherSince.delete(worker)
    worker.overloaded = late
    debug('worker %d is late by %d ms: overloaded %o', worker.id, vitals.delayP99Ms, late)
    if (late) this.#on.overload(worker, vitals)
    else this.#on.relieved(worker, vitals)
  }
}

/** That of a group, unless it is switched off. */
export function groupOverload({ overload }: GroupConfig, emit: Emit): Overload<WorkerProcess> | undefined {
  if (!overload) return undefined
  return new Overload<WorkerProcess>(overload, {
    overload: (worker, vitals) => emit('overload', worker, vitals),
    relieved: (worker, vitals) => emit('relieved', worker, vitals),
  })
}
