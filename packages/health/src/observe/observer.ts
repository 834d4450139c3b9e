import { ManifoldError, type SocketAddress } from '@manifold/core'
import type { EventEmitter } from '@manifold/core/internal'
import type { SupervisorEvents } from '../events.js'
import type { SuperviseConfig } from '../options.js'
import { listen, type Part, type PartHost } from '../part.js'
import { json, type Routes, text } from './http/answer.js'
import { Endpoint } from './http/endpoint.js'
import { readiness } from './http/readiness.js'
import type { EventLog } from './log/event-log.js'
import { openLog } from './log/open.js'
import { type Metrics, Scraper } from './metrics/scraper.js'
import { type SupervisorStatus, withSupervision } from './status.js'
import { type Observed, Witness } from './witness.js'

/** What is seen of a master from outside: the event log, the metrics and the endpoints. */
export class Observer implements Part {
  readonly #host: PartHost
  readonly #isInCrashLoop: (group: string) => boolean
  readonly #scraper: Scraper
  readonly #log: EventLog | undefined
  readonly #endpoint: Endpoint | undefined
  readonly #witness: Witness
  readonly #unsubscribe: () => void
  /** The ids of the workers that hang. */
  readonly #silent = new Set<number>()
  #closed = false

  constructor(
    host: PartHost,
    supervisor: EventEmitter<SupervisorEvents>,
    config: SuperviseConfig,
    isInCrashLoop: (group: string) => boolean,
  ) {
    this.#host = host
    this.#isInCrashLoop = isInCrashLoop
    this.#log = config.log && openLog(config.log, (error) => host.emit('logFailed', { error }))
    this.#scraper = new Scraper(() => this.survey(), host.master, this.#silent)
    this.#witness = new Witness(host.master, supervisor, (observed) => this.#tell(observed))
    this.#unsubscribe = listen(host.master, {
      silent: ({ id }) => this.#silent.add(id),
      heard: ({ id }) => this.#silent.delete(id),
      exit: (worker) => {
        this.#silent.delete(worker.id)
        this.#scraper.exited(worker)
      },
      groupRemoved: (group) => this.#scraper.forget(group),
      stopped: () => this.stop(),
    })
    this.#endpoint = config.http && new Endpoint(config.http, this.#routes())
    this.#endpoint?.listening().catch((error: ManifoldError) => {
      if (!this.#closed) host.emit('endpointFailed', { error })
    })
  }

  metrics(): Promise<Metrics> {
    return this.#scraper.scrape()
  }

  status(): SupervisorStatus {
    return withSupervision(this.#host.master.status(), this.#isInCrashLoop)
  }

  async survey(): Promise<SupervisorStatus> {
    return withSupervision(await this.#host.master.survey(), this.#isInCrashLoop)
  }

  async endpoint(): Promise<SocketAddress> {
    if (this.#endpoint) return this.#endpoint.listening()
    throw new ManifoldError('ERR_MANIFOLD_STATE', "there are no endpoints without the option 'http'")
  }

  /** Also when the master has stopped: nothing of it outlives that. */
  stop(): void {
    if (this.#closed) return
    this.#closed = true
    this.#unsubscribe()
    this.#witness.stop()
    this.#endpoint?.close()
    this.#scraper.close()
    this.#log?.close()
  }

  #tell(observed: Observed): void {
    this.#scraper.count(observed)
    this.#log?.write(observed)
  }

  #routes(): Routes {
    return {
      '/livez': () => text('ok'),
      '/readyz': (query) => {
        const { ready, reasons, groups } = readiness(this.status(), this.#silent)
        const verbose = query.has('verbose') ? { groups } : {}
        return json({ ready, ...(ready ? {} : { reasons }), ...verbose }, ready ? 200 : 503)
      },
      '/metrics': async () => {
        const { contentType, body } = await this.#scraper.scrape()
        return { status: 200, type: contentType, body }
      },
      '/status': async () => json(await this.survey()),
    }
  }
}
