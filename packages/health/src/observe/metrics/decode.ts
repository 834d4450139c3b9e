import type { WireMetric, WireValue, WorkerMetrics } from './wire.js'

/** A metric of a worker, checked: what it says is text of its application's, and goes into everybody's answer. */
export interface CustomMetric extends WireMetric {
  readonly values: readonly (WireValue & { readonly value: number })[]
}

export interface Decoded {
  readonly id: number
  readonly metrics: readonly CustomMetric[]
  /** How many were no metrics, or have a name that is ours. */
  readonly dropped: number
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const TYPES: readonly string[] = ['counter', 'gauge', 'histogram', 'summary']
const AGGREGATORS: readonly string[] = ['sum', 'first', 'omit', 'average', 'min', 'max']
/** The framework's own. */
const RESERVED = 'manifold_'

/** Undefined if it is no answer at all. */
export function decode(answer: unknown): Decoded | undefined {
  const { id, metrics } = (answer ?? {}) as Partial<WorkerMetrics>
  if (typeof id !== 'number' || !Array.isArray(metrics)) return undefined
  const good = metrics.filter(isMetric)
  return { id, metrics: good.map(numbers), dropped: metrics.length - good.length }
}

function isMetric(metric: unknown): metric is WireMetric {
  const { name, help, type, aggregator, values } = (metric ?? {}) as Partial<
    Record<keyof WireMetric, unknown>
  >
  return (
    isName(name) &&
    typeof help === 'string' &&
    TYPES.includes(type as string) &&
    AGGREGATORS.includes(aggregator as string) &&
    Array.isArray(values) &&
    values.every((value) => isValue(value, name))
  )
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name) && !name.startsWith(RESERVED)
}

function isValue(given: unknown, name: string): boolean {
  const { value, labels, metricName } = (given ?? {}) as Partial<Record<keyof WireValue, unknown>>
  if (typeof value !== 'number' && !['NaN', 'Infinity', '-Infinity'].includes(value as string)) return false
  if (metricName !== undefined && !isPartOf(metricName, name)) return false
  if (typeof labels !== 'object' || labels === null) return false
  return Object.entries(labels).every(
    ([label, text]) => LABEL.test(label) && (typeof text === 'string' || typeof text === 'number'),
  )
}

function isPartOf(metricName: unknown, name: string): boolean {
  return typeof metricName === 'string' && /^(?:|_bucket|_sum|_count)$/.test(metricName.replace(name, ''))
}

function numbers(metric: WireMetric): CustomMetric {
  return { ...metric, values: metric.values.map((value) => ({ ...value, value: Number(value.value) })) }
}
