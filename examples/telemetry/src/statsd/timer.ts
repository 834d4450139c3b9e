import { percentiles, type Weighted } from './percentile.js'

export interface TimerSummary {
  count: number
  sum: number
  min: number
  max: number
  mean: number
  p50: number
  p95: number
  p99: number
}

/**
 * What one timer measured in one interval. Count, sum, minimum, maximum and mean are exact. Percentiles need
 * the values themselves, of which only `capacity` are kept: past that a random one gives way (reservoir
 * sampling), so that every value had the same chance to stay.
 */
export class Timer {
  readonly #capacity: number
  readonly #random: () => number
  readonly #kept: Weighted[] = []
  #samples = 0
  #count = 0
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  constructor(capacity: number, random: () => number) {
    this.#capacity = capacity
    this.#random = random
  }

  add(value: number, rate: number): void {
    const weight = 1 / rate
    this.#samples += 1
    this.#count += weight
    this.#sum += value * weight
    this.#min = Math.min(this.#min, value)
    this.#max = Math.max(this.#max, value)
    this.#keep({ value, weight })
  }

  summary(): TimerSummary {
    const sorted = this.#kept.toSorted((a, b) => a.value - b.value)
    const [p50, p95, p99] = percentiles(sorted, [50, 95, 99])
    return {
      count: this.#count,
      sum: this.#sum,
      min: this.#min,
      max: this.#max,
      mean: this.#sum / this.#count,
      p50: p50!,
      p95: p95!,
      p99: p99!,
    }
  }

  #keep(value: Weighted): void {
    if (this.#kept.length < this.#capacity) {
      this.#kept.push(value)
      return
    }
    const index = Math.floor(this.#random() * this.#samples)
    if (index < this.#capacity) this.#kept[index] = value
  }
}
