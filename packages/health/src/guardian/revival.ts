import type { Clock, Timer } from '@manifold/core'
import { Backoff } from '../restart/backoff.js'
import { Intensity } from '../restart/intensity.js'
import type { MasterRestartConfig } from './options.js'

export interface RevivalEvents {
  backoff(delayMs: number): void
  crashloop(restarts: number): void
  gaveUp(restarts: number): void
  /** Now. Resolves whether the new master has settled. */
  start(): Promise<boolean>
}

/** Starts masters in the place of dead ones, until one has settled. */
export class Revival {
  readonly #config: MasterRestartConfig
  readonly #clock: Clock
  readonly #on: RevivalEvents
  readonly #backoff: Backoff
  readonly #intensity: Intensity
  #timer: Timer | undefined
  #looping = false
  #gaveUp = false

  constructor(config: MasterRestartConfig, clock: Clock, on: RevivalEvents) {
    this.#config = config
    this.#clock = clock
    this.#on = on
    this.#backoff = new Backoff(config, () => clock.random())
    this.#intensity = new Intensity(config.withinMs, clock)
  }

  get gaveUp(): boolean {
    return this.#gaveUp
  }

  /** @param servedMs for how long the master was settled; undefined if it never was. */
  died(servedMs: number | undefined): void {
    this.#intensity.add(servedMs === undefined ? 'start' : 'run')
    const { restarts } = this.#intensity.figures
    const before = this.#looping
    this.#looping = restarts > this.#config.maxRestarts
    const next = this.#backoff.next(servedMs)
    if (this.#looping && !before) this.#on.crashloop(restarts)
    if (this.#looping && this.#config.onCrashLoop === 'giveUp') {
      this.#gaveUp = true
      this.#on.gaveUp(restarts)
      return
    }
    const delayMs = this.#looping ? this.#backoff.longest() : next
    if (delayMs > 0) this.#on.backoff(delayMs)
    this.#timer = this.#clock.after(delayMs, () => void this.#start())
  }

  /** Somebody else starts a master. */
  cancel(): void {
    this.#timer?.cancel()
    this.#gaveUp = false
  }

  /** A new release was started: what was before it counts no longer. */
  forget(): void {
    this.#intensity.clear()
    this.#looping = false
  }

  async #start(): Promise<void> {
    if (!(await this.#on.start())) this.died(undefined)
  }
}
