import type { Clock } from '@manifold/core'

/** Whether a worker had been ready (`run`), or did not get that far (`start`). */
export type FailureKind = 'start' | 'run'

/** The restarts of one group within a time that moves with the clock. */
export interface Figures {
  readonly restarts: number
  readonly startFailures: number
  readonly runFailures: number
}

/** Counts the workers of one group that had to be restarted lately. */
export class Intensity {
  readonly #withinMs: number
  readonly #clock: Clock
  #deaths: { readonly atMs: number; readonly kind: FailureKind }[] = []

  constructor(withinMs: number, clock: Clock) {
    this.#withinMs = withinMs
    this.#clock = clock
  }

  add(kind: FailureKind): void {
    this.#deaths.push({ atMs: this.#clock.now(), kind })
  }

  get figures(): Figures {
    const sinceMs = this.#clock.now() - this.#withinMs
    const first = this.#deaths.findIndex(({ atMs }) => atMs > sinceMs)
    this.#deaths = first < 0 ? [] : this.#deaths.slice(first)
    const startFailures = this.#deaths.filter(({ kind }) => kind === 'start').length
    const restarts = this.#deaths.length
    return { restarts, startFailures, runFailures: restarts - startFailures }
  }

  clear(): void {
    this.#deaths = []
  }
}
