import { EventEmitter } from '@manifold/core/internal'
import type { Master } from '@manifold/groups'
import type { SupervisorEvents } from './events.js'
import { Judge } from './heartbeat/judge.js'
import type { SuperviseConfig } from './options.js'
import type { Part, PartHost } from './part.js'
import { Recycles } from './recycle/recycles.js'
import { Dependants } from './restart/dependants.js'
import { Restarts } from './restart/restarts.js'
import { Standbys } from './restart/standbys.js'

/** Watches over a master. It knows the master by its events and methods only, and so do its parts. */
export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #master: Master
  readonly #restarts: Restarts
  readonly #parts: readonly Part[]
  #stopping: Promise<void> | undefined

  constructor(master: Master, config: SuperviseConfig) {
    super()
    this.#master = master
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
    const dependants = new Dependants(host)
    const restarts = new Restarts(host, (worker) => dependants.died(worker))
    this.#restarts = restarts
    this.#parts = [
      dependants,
      restarts,
      new Standbys(host, (group) => restarts.isInCrashLoop(group)),
      new Judge(host, (worker) => restarts.blame(worker)),
      new Recycles(host, (group) => restarts.isInCrashLoop(group)),
    ]
  }

  /**
   * Fills the slots of a group at once that wait for their turn, or were given up in a crash loop. What was before is not
   * counted any more.
   *
   * @throws {OptionError} if there is no group of that name.
   */
  resume(group: string): void {
    this.#restarts.resume(this.#master.group(group).name)
  }

  /** Leaves the master alone from now on. Resolves when nothing is left of it. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= Promise.all(this.#parts.map((part) => part.stop())).then(() => {})
    return this.#stopping
  }
}
