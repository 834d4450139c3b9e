import { EventEmitter } from '@manifold/core/internal'
import type { Master } from '@manifold/groups'
import type { SupervisorEvents } from './events.js'
import type { SuperviseConfig } from './options.js'
import type { Part, PartHost } from './part.js'
import { Restarts } from './restart/restarts.js'

/** Watches over a master. It knows the master by its events and methods only, and so do its parts. */
export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #parts: readonly Part[]
  #stopping: Promise<void> | undefined

  constructor(master: Master, config: SuperviseConfig) {
    super()
    const host: PartHost = {
      master,
      clock: config.clock,
      rulesOf: (group) => config.rulesOf(group),
      emit: (name, ...payload) => {
        try {
          this.emit(name, ...(payload as never))
        } catch (error) {
          // A listener's mistake is an uncaught exception, as ever; but no worker goes without a successor for it.
          process.nextTick(() => {
            throw error
          })
        }
      },
    }
    this.#parts = [new Restarts(host)]
  }

  /** Leaves the master alone from now on. Resolves when nothing is left of it. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= Promise.all(this.#parts.map((part) => part.stop())).then(() => {})
    return this.#stopping
  }
}
