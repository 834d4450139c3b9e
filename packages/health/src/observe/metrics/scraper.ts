import { LoopDelay } from '@manifold/core/internal'
import type { Master, Worker } from '@manifold/groups'
import type { PrometheusContentType } from 'prom-client'
import type { SupervisorStatus } from '../status.js'
import type { Observed } from '../witness.js'
import { CustomCollector } from './custom.js'
import { families } from './families.js'
import { Totals } from './totals.js'

export interface Metrics {
  /** For the header `content-type`. */
  readonly contentType: string
  readonly body: string
}

/** How long a scrape waits for workers that do not answer, in ms: it takes no longer than that. */
const WORKER_TIMEOUT_MS = 1_000

/** Answers scrapes: what the framework knows by itself, and what applications count. */
export class Scraper {
  readonly #survey: () => Promise<SupervisorStatus>
  readonly #master: Master
  readonly #silent: ReadonlySet<number>
  readonly #totals = new Totals()
  /** Of the master, from the first scrape on: one that nobody asks is not woken for it. */
  #delay: LoopDelay | undefined
  readonly #custom: CustomCollector
  #running: Promise<Metrics> | undefined

  constructor(survey: () => Promise<SupervisorStatus>, master: Master, silent: ReadonlySet<number>) {
    this.#survey = survey
    this.#master = master
    this.#silent = silent
    this.#custom = new CustomCollector(master, WORKER_TIMEOUT_MS)
  }

  /** Scrapes at the same time are one. */
  scrape(): Promise<Metrics> {
    this.#running ??= this.#scrape().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  count(observed: Observed): void {
    this.#totals.count(observed)
  }

  exited(worker: Worker): void {
    this.#totals.exited(worker)
  }

  forget(group: string): void {
    this.#totals.forget(group)
    this.#custom.forget(group)
  }

  close(): void {
    this.#delay?.stop()
  }

  async #scrape(): Promise<Metrics> {
    // Half a megabyte, for who wants metrics only.
    const { AggregatorRegistry } = (await import('prom-client')).default
    const aggregate = (metrics: readonly object[]) =>
      AggregatorRegistry.aggregate<PrometheusContentType>([...metrics])
    const delay = this.#delay?.read()
    this.#delay ??= new LoopDelay()
    const custom = await this.#custom.collect(aggregate, this.#silent)
    const own = families({
      status: await this.#survey(),
      silent: this.#silent,
      totals: this.#totals,
      slotTotals: this.#totals.slots(this.#master.groups),
      delay,
      custom,
    })
    const registry = aggregate([own, ...custom.metrics])
    return { contentType: registry.contentType, body: await registry.metrics() }
  }
}
