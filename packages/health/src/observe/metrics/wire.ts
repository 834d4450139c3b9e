/** What a worker answers to `METRICS_REQUEST`: its registries, as their `getMetricsAsJSON()` gives them. */
export interface WorkerMetrics {
  /** Of the worker that answers. */
  readonly id: number
  readonly metrics: readonly WireMetric[]
}

export interface WireMetric {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly aggregator: string
  readonly values: readonly WireValue[]
}

export interface WireValue {
  /** JSON has no infinite numbers: a text, then. */
  readonly value: number | 'NaN' | 'Infinity' | '-Infinity'
  readonly labels: Readonly<Record<string, string | number>>
  /** Of histograms and summaries: `name_bucket`, `name_sum`, `name_count`. */
  readonly metricName?: string | undefined
}

export const METRICS_REQUEST = 'manifold:metrics'
