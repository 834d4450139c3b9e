import type { ManifoldError } from '@manifold/core'
import { log } from '@manifold/core/internal'
import type { Group, Master, Worker } from '@manifold/groups'
import type { Registry } from 'prom-client'
import { type CustomMetric, decode } from './decode.js'
import { METRICS_REQUEST } from './wire.js'

const debug = log('metrics')

/** Makes one registry of the metrics of several: `AggregatorRegistry.aggregate` of `prom-client`. */
type Aggregate = (metrics: readonly object[]) => Registry

/** What one worker last told. */
interface Told {
  readonly group: string
  readonly metrics: readonly CustomMetric[]
}

export interface CustomMetrics {
  /** To be aggregated: of each worker, and of those that are gone. */
  readonly metrics: readonly (readonly CustomMetric[])[]
  /** How many metrics there were, by group, that cannot stand in the answer. */
  readonly dropped: ReadonlyMap<string, number>
  /** How many workers did not answer in time, by group. */
  readonly unanswered: ReadonlyMap<string, number>
}

/**
 * Collects the metrics that the applications of the workers count themselves: one sum for each group.
 *
 * Prometheus takes a counter that falls for one that began again at 0, and counts all that it says after that a second
 * time. So what a worker has counted stays in the sum of its group when it does not answer, and when it is gone: as of
 * its last answer. What it says of the moment (gauges) leaves with it.
 */
export class CustomCollector {
  readonly #master: Master
  readonly #timeoutMs: number
  /** By worker, those that live. */
  readonly #told = new Map<number, Told>()
  /** By group: what those have counted that are gone. */
  readonly #departed = new Map<string, readonly CustomMetric[]>()

  constructor(master: Master, timeoutMs: number) {
    this.#master = master
    this.#timeoutMs = timeoutMs
  }

  /** @param silent the ids of workers that are known not to answer. */
  async collect(aggregate: Aggregate, silent: ReadonlySet<number>): Promise<CustomMetrics> {
    const dropped = new Map<string, number>()
    const unanswered = new Map<string, number>()
    const answered = new Set<number>()
    await Promise.all(
      this.#master.groups.flatMap((group) =>
        askable(group).map(async (worker) => {
          const decoded = silent.has(worker.id) ? undefined : await this.#ask(group, worker)
          if (decoded === 'no handler') return
          if (!decoded) return increase(unanswered, group.name, 1)
          answered.add(decoded.id)
          this.#told.set(decoded.id, { group: group.name, metrics: decoded.metrics })
          increase(dropped, group.name, decoded.dropped)
        }),
      ),
    )
    await this.#bury(aggregate)
    const metrics = new OneType((group) => increase(dropped, group, 1))
    for (const [id, told] of this.#told) if (answered.has(id)) metrics.add(told)
    for (const [id, told] of this.#told) if (!answered.has(id)) metrics.add(counted(told))
    for (const [group, gone] of this.#departed) metrics.add({ group, metrics: gone })
    return { metrics: metrics.list, dropped, unanswered }
  }

  /** Forgets a group that is gone, with all that its workers have counted. */
  forget(group: string): void {
    this.#departed.delete(group)
    for (const [id, told] of this.#told) if (told.group === group) this.#told.delete(id)
  }

  async #ask(group: Group, { id, slot }: Worker) {
    try {
      const answer = await group.call(METRICS_REQUEST, undefined, { slot, timeoutMs: this.#timeoutMs })
      return decode(answer)
    } catch (error) {
      const { code, message } = error as ManifoldError
      if (code === 'ERR_MANIFOLD_NO_HANDLER') return 'no handler'
      debug('worker %d of %s: %s', id, group.name, message)
      return undefined
    }
  }

  /** Adds what those have counted that are gone to what their predecessors had. */
  async #bury(aggregate: Aggregate): Promise<void> {
    const alive = new Set(this.#master.groups.flatMap(({ workers }) => workers.map(({ id }) => id)))
    const gone = [...this.#told].filter(([id]) => !alive.has(id))
    for (const [id, told] of gone) {
      this.#told.delete(id)
      const { group, metrics } = counted(told)
      const before = this.#departed.get(group) ?? []
      const sums = new OneType(() => {})
      sums.add({ group, metrics })
      sums.add({ group, metrics: before })
      this.#departed.set(group, (await aggregate(sums.list).getMetricsAsJSON()) as unknown as CustomMetric[])
    }
  }
}

/** Two metrics of one name and of different types cannot be one: the first that comes is it. */
class OneType {
  readonly list: CustomMetric[][] = []
  readonly #types = new Map<string, string>()
  readonly #refused: (group: string) => void

  constructor(refused: (group: string) => void) {
    this.#refused = refused
  }

  add({ group, metrics }: Told): void {
    const accepted = metrics.filter((metric) => {
      const kind = `${metric.type} ${metric.aggregator}`
      const first = this.#types.get(metric.name) ?? kind
      this.#types.set(metric.name, first)
      if (first !== kind) this.#refused(group)
      return first === kind
    })
    this.list.push(accepted.map((metric) => labelled(metric, group)))
  }
}

/** Says of which group it is, unless the application does so itself. */
function labelled(metric: CustomMetric, group: string): CustomMetric {
  const values = metric.values.map((value) => ({ ...value, labels: { group, ...value.labels } }))
  return { ...metric, values }
}

/** What only ever grows, of all that a worker told. */
function counted({ group, metrics }: Told): Told {
  const sums = metrics.filter(({ type, aggregator }) => type !== 'gauge' && aggregator === 'sum')
  return { group, metrics: sums.map(withoutQuantiles) }
}

function withoutQuantiles(metric: CustomMetric): CustomMetric {
  if (metric.type !== 'summary') return metric
  return {
    ...metric,
    values: metric.values.filter(({ metricName = metric.name }) => metricName !== metric.name),
  }
}

function askable({ workers }: Group): readonly Worker[] {
  return workers.filter(({ state }) => state === 'ready')
}

function increase(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}
