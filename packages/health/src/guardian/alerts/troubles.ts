import type { Clock, Timer } from '@manifold/core'
import type { Alert, ToldAlert } from './alert.js'

/** What is to be told now. */
export type Tell = (alert: Alert, state: ToldAlert['state'], heldBack: number) => void

interface Trouble {
  /** What people know of it. */
  known: ToldAlert['state']
  heldBack: number
  /** Not told yet: the last time that it was raised, and that it recovered from that. */
  raised: Alert | undefined
  recovered: Alert | undefined
  timer: Timer | undefined
}

/** So many are remembered. Those that nobody ends are few; but their subjects come from elsewhere. */
const MAX_TROUBLES = 1_000

/** Keeps the same trouble from being told again and again, and tells that it is over once, and only if it was told. */
export class Troubles {
  readonly #minIntervalMs: number
  readonly #clock: Clock
  readonly #tell: Tell
  readonly #troubles = new Map<string, Trouble>()

  constructor(minIntervalMs: number, clock: Clock, tell: Tell) {
    this.#minIntervalMs = minIntervalMs
    this.#clock = clock
    this.#tell = tell
  }

  raise(alert: Alert): void {
    const key = keyOf(alert)
    const trouble = this.#troubles.get(key) ?? this.#add(key)
    if (trouble.raised) trouble.heldBack++
    trouble.raised = alert
    trouble.recovered = undefined
    if (!trouble.timer) this.#tellRaised(key, trouble)
  }

  recover(alert: Alert): void {
    const trouble = this.#troubles.get(keyOf(alert))
    if (!trouble) return
    if (trouble.known === 'raised') {
      // What was held back is over as well.
      const heldBack = trouble.heldBack + (trouble.raised ? 1 : 0)
      trouble.raised = undefined
      trouble.heldBack = 0
      trouble.known = 'recovered'
      this.#tell(alert, 'recovered', heldBack)
      if (!trouble.timer) this.#troubles.delete(keyOf(alert))
    } else if (trouble.raised) trouble.recovered = alert
  }

  /** Tells what is held back. */
  flush(): void {
    for (const [key, trouble] of [...this.#troubles]) {
      trouble.timer?.cancel()
      if (trouble.raised) this.#tellRaised(key, trouble)
      trouble.timer?.cancel()
    }
    this.#troubles.clear()
  }

  #add(key: string): Trouble {
    if (this.#troubles.size >= MAX_TROUBLES) {
      const [oldest, { timer }] = this.#troubles.entries().next().value!
      timer?.cancel()
      this.#troubles.delete(oldest)
    }
    const trouble: Trouble = {
      known: 'recovered',
      heldBack: 0,
      raised: undefined,
      recovered: undefined,
      timer: undefined,
    }
    this.#troubles.set(key, trouble)
    return trouble
  }

  #tellRaised(key: string, trouble: Trouble): void {
    const { raised, recovered, heldBack } = trouble
    trouble.raised = trouble.recovered = undefined
    trouble.heldBack = 0
    trouble.known = 'raised'
    this.#tell(raised!, 'raised', heldBack)
    if (recovered) {
      trouble.known = 'recovered'
      this.#tell(recovered, 'recovered', 0)
    }
    trouble.timer = this.#clock.after(this.#minIntervalMs, () => this.#over(key, trouble))
  }

  #over(key: string, trouble: Trouble): void {
    trouble.timer = undefined
    if (trouble.raised) this.#tellRaised(key, trouble)
    else if (trouble.known === 'recovered') this.#troubles.delete(key)
  }
}

function keyOf({ kind, subject }: Alert): string {
  return `${kind}\0${subject}`
}
