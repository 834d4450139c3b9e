import type { Clock, Timer } from '@manifold/core'
import { Machine, type Transitions } from '@manifold/core/internal'
import { type FailureKind, type Figures, Intensity } from './intensity.js'
import type { RestartConfig } from './options.js'

type LoopState = 'calm' | 'looping' | 'trial'

const TRANSITIONS: Transitions<LoopState> = {
  calm: ['looping'],
  looping: ['trial', 'calm'],
  // Somebody had it tried again: nothing is held against it, but it has not proven itself yet.
  trial: ['looping', 'calm'],
}

/** If no number is given: so many restarts, or so many for each slot. */
const MAX_RESTARTS = 10
const MAX_RESTARTS_PER_SLOT = 3

/** What the crash loop must know of its group, and tell. */
export interface LoopHost {
  slots(): number
  /** Whether no slot waits for a worker that is to come. */
  isWhole(): boolean
  begins(figures: Figures): void
  ends(): void
}

/** Whether the workers of a group die more often than they may; then it goes on until they have not for as long. */
export class CrashLoop {
  readonly #config: RestartConfig
  readonly #clock: Clock
  readonly #host: LoopHost
  readonly #machine = new Machine<LoopState>('the crash loop', TRANSITIONS, 'calm')
  readonly #intensity: Intensity
  #quiet: Timer | undefined

  constructor(config: RestartConfig, clock: Clock, host: LoopHost) {
    this.#config = config
    this.#clock = clock
    this.#host = host
    this.#intensity = new Intensity(config.withinMs, clock)
  }

  get going(): boolean {
    return this.#machine.state === 'looping'
  }

  get figures(): Figures {
    return this.#intensity.figures
  }

  /** A worker died that is to be restarted. */
  died(kind: FailureKind): void {
    this.#intensity.add(kind)
    this.waitAnew()
    const { figures } = this
    if (this.going || figures.restarts <= this.#max(figures.restarts)) return
    this.#machine.to('looping')
    this.waitAnew()
    this.#host.begins(figures)
  }

  /** What was is not counted any more. */
  tryAgain(): void {
    this.#intensity.clear()
    if (this.going) this.#machine.to('trial')
    this.waitAnew()
  }

  /** The time without a death begins now. */
  waitAnew(): void {
    this.stop()
    if (this.#machine.state === 'calm') return
    this.#quiet = this.#clock.after(this.#config.withinMs, () => {
      // Whatever is still to come has it wait anew.
      if (!this.#host.isWhole()) return
      this.#machine.to('calm')
      this.#intensity.clear()
      this.#host.ends()
    })
  }

  stop(): void {
    this.#quiet?.cancel()
  }

  #max(restarts: number): number {
    const { maxRestarts } = this.#config
    if (maxRestarts !== undefined) return maxRestarts
    // To count the slots takes a while where there are many.
    if (restarts <= MAX_RESTARTS) return MAX_RESTARTS
    return Math.max(MAX_RESTARTS, MAX_RESTARTS_PER_SLOT * this.#host.slots())
  }
}
