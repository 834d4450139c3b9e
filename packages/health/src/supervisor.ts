import { ManifoldError, type SocketAddress } from '@manifold/core'
import { EventEmitter, guardianLink, throwLater } from '@manifold/core/internal'
import type { Master } from '@manifold/groups'
import { Alarms } from './alarms.js'
import type { SupervisorEvents } from './events.js'
import { Judge } from './heartbeat/judge.js'
import type { Metrics } from './observe/metrics/scraper.js'
import { Observer } from './observe/observer.js'
import type { SupervisorStatus } from './observe/status.js'
import type { SuperviseConfig } from './options.js'
import type { Part, PartHost } from './part.js'
import { Recycles } from './recycle/recycles.js'
import { Dependants } from './restart/dependants.js'
import { Restarts } from './restart/restarts.js'
import { Standbys } from './restart/standbys.js'

/** Watches over a master. It knows the master by its events and methods only, and so do its parts. */
export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #master: Master
  readonly #observer: Observer
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
          throwLater(error)
        }
      },
    }
    // First, so that it tells what happens before it tells what is done about that.
    this.#observer = new Observer(host, this, config, (group) => restarts.isInCrashLoop(group))
    const dependants = new Dependants(host)
    const restarts = new Restarts(host, (worker) => dependants.died(worker))
    this.#restarts = restarts
    this.#parts = [
      this.#observer,
      dependants,
      restarts,
      new Standbys(host, (group) => restarts.isInCrashLoop(group)),
      new Judge(host, (worker) => restarts.blame(worker)),
      new Recycles(host, (group) => restarts.isInCrashLoop(group)),
      new Alarms(host, this, guardianLink()),
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

  /** A picture of everything, as plain data: that of the master, and what is done about it. */
  status(): SupervisorStatus {
    return this.#observer.status()
  }

  /** The same, with what waits in the kernel: see `master.survey()`. */
  survey(): Promise<SupervisorStatus> {
    return this.#observer.survey()
  }

  /**
   * Asks the guardian of this master for an upgrade, as SIGHUP does. How it ends, the guardian tells; when it succeeds,
   * this master is stopped.
   *
   * @throws {ManifoldError} `ERR_MANIFOLD_STATE` if this master has no guardian.
   */
  upgrade(): void {
    const link = guardianLink()
    if (!link?.open) throw new ManifoldError('ERR_MANIFOLD_STATE', 'this master has no guardian')
    link.upgrade()
  }

  /** Leaves the master alone from now on. Resolves when nothing is left of it. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= Promise.all(this.#parts.map((part) => part.stop())).then(() => {})
    return this.#stopping
  }
}
