import type { SocketAddress } from '@manifold/core'
import { EventEmitter } from '@manifold/core/internal'
import type { Master, MasterStatus } from '@manifold/groups'
import type { SupervisorEvents } from './events.js'
import { type Metrics, Observer } from './observe/observer.js'
import type { SuperviseConfig } from './options.js'
import type { Part, PartHost } from './part.js'
import { Restarts } from './restart/restarts.js'

/** Watches over a master. It knows the master by its events and methods only, and so do its parts. */
export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #master: Master
  readonly #observer: Observer
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
    // First, so that it tells what happens before it tells what is done about that.
    this.#observer = new Observer(host, this, config)
    this.#parts = [this.#observer, new Restarts(host)]
  }

  /**
   * Metrics of the master and of all workers in the text format of Prometheus, with those that workers expose by
   * `exposeMetrics` of `@manifold/health/worker`. Takes at most a second; who asks meanwhile gets the same.
   */
  metrics(): Promise<Metrics> {
    return this.#observer.metrics()
  }

  /**
   * Where the endpoints of the option `http` are served, once they are.
   *
   * @throws {SocketError} if the address cannot be used.
   * @throws {ManifoldError} `ERR_MANIFOLD_STATE` without that option, `ERR_MANIFOLD_STOPPED` if this is stopped before.
   */
  endpoint(): Promise<SocketAddress> {
    return this.#observer.endpoint()
  }

  /** A picture of everything, as plain data: that of the master. */
  status(): MasterStatus {
    return this.#master.status()
  }

  /** Leaves the master alone from now on. Resolves when nothing is left of it. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= Promise.all(this.#parts.map((part) => part.stop())).then(() => {})
    return this.#stopping
  }
}
