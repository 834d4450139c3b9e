/** A value that stands for `weight` events, because only one in so many was sent. */
export interface Weighted {
  value: number
  weight: number
}

/**
 * Percentiles by nearest rank: the smallest value at or below which at least that share of all events lies.
 * Always one of the given values, never one in between. `values` must be in ascending order.
 */
export function percentiles(values: readonly Weighted[], ranks: readonly number[]): number[] {
  const total = values.reduce((sum, { weight }) => sum + weight, 0)
  return ranks.map((rank) => percentile(values, (rank * total) / 100, total))
}

function percentile(values: readonly Weighted[], wanted: number, total: number): number {
  // Weights such as 1 / 0.3 do not add up exactly; without some slack the next value would be taken.
  const slack = total * 1e-12
  let seen = 0
  for (const { value, weight } of values) {
    seen += weight
    if (seen + slack >= wanted) return value
  }
  return values.at(-1)?.value ?? Number.NaN
}
