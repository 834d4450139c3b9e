import { worker } from '@manifold/core/worker'
import { METRICS_REQUEST, type WireMetric, type WireValue, type WorkerMetrics } from './wire.js'

/** As `prom-client` has it: any version that can say what its metrics are. */
export interface MetricsRegistry {
  getMetricsAsJSON(): Promise<unknown[]>
}

const registries = new Set<MetricsRegistry>()

/**
 * Has the master add the metrics of these registries to its own, summed up with those of the other workers of the
 * group (or as the `aggregator` of a metric says). May be called again, with others: all of them count. Where this
 * program runs by itself, outside of Manifold, it does nothing.
 *
 * ```ts
 * import { register } from 'prom-client'
 * exposeMetrics(register)
 * ```
 *
 * @throws {TypeError} if one of them is no registry.
 */
export function exposeMetrics(...given: MetricsRegistry[]): void {
  for (const registry of given) {
    if (typeof registry?.getMetricsAsJSON !== 'function')
      throw new TypeError('exposeMetrics() takes registries')
  }
  if (!worker.isWorker) return
  if (registries.size === 0) worker.handle(METRICS_REQUEST, collect)
  for (const registry of given) registries.add(registry)
}

/** A registry that cannot say what it has costs its own metrics, not those of others. */
async function collect(): Promise<WorkerMetrics> {
  const answers = await Promise.allSettled(
    [...registries].map(async (registry) => registry.getMetricsAsJSON()),
  )
  const metrics = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  return { id: worker.id, metrics: (metrics as WireMetric[]).filter(hasValues).map(encoded) }
}

function hasValues(metric: Partial<WireMetric> | null): boolean {
  return Array.isArray(metric?.values)
}

function encoded({ name, help, type, aggregator, values }: WireMetric): WireMetric {
  return { name, help, type, aggregator, values: values.map(encodedValue) }
}

function encodedValue({ value, labels, metricName }: WireValue): WireValue {
  const known = Number.isFinite(value) ? value : (String(value) as 'NaN')
  return { value: known, labels, ...(metricName === undefined ? {} : { metricName }) }
}
