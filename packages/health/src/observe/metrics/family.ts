/** One metric with all of its samples, as `getMetricsAsJSON()` of `prom-client` would give it. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter'
  readonly aggregator: 'first'
  readonly values: readonly Sample[]
}

export interface Sample {
  readonly value: number
  readonly labels: Labels
}

export type Labels = Readonly<Record<string, string | number>>

/** A sample of which nothing is known is left out. */
export function gauge(name: string, help: string, samples: readonly (Sample | undefined)[]): Family {
  return family('gauge', name, help, samples)
}

export function counter(name: string, help: string, samples: readonly (Sample | undefined)[]): Family {
  return family('counter', name, help, samples)
}

export function sample(value: number | undefined, labels: Labels = {}): Sample | undefined {
  return value === undefined ? undefined : { value, labels }
}

function family(
  type: Family['type'],
  name: string,
  help: string,
  samples: readonly (Sample | undefined)[],
): Family {
  const values = samples.filter((known) => known !== undefined)
  return { name: `manifold_${name}`, help, type, aggregator: 'first', values }
}
