import { validate } from '@manifold/core/internal'

/** How fast what dies is restarted, and how often. */
export interface PaceOptions {
  /**
   * The first restart (of a slot, or of a master) is at once, and so is the first after a stable life. Before the next, in ms; jitter
   * takes away up to half. Not waited for while a worker stands by. @default 100
   */
  readonly minDelayMs?: number
  /** The delay doubles with every restart that follows on a short life, up to this, in ms. @default 30_000, or `minDelayMs` if that is more */
  readonly maxDelayMs?: number
  /** What served for so long counts as stable: the next restart is at once again, in ms. @default 30_000 */
  readonly stableAfterMs?: number
  /**
   * More restarts (of a group, or of masters) than this within `withinMs` are a crash loop. @default 10; of a group three
   * for each slot if that is more: all workers may die at once, and again
   */
  readonly maxRestarts?: number
  /** In ms. @default 60_000 */
  readonly withinMs?: number
  /**
   * In a crash loop: go on, each time after the longest delay, until nobody has died for `withinMs`; or restart nobody: slots
   * are vacant until `resume()`, a reload, or more slots, and a master is gone until an upgrade. @default 'retry'
   */
  readonly onCrashLoop?: 'retry' | 'giveUp'
}

/** The same, checked and with defaults. */
export interface PaceConfig {
  readonly minDelayMs: number
  readonly maxDelayMs: number
  readonly stableAfterMs: number
  /** If none is given, it depends on how many there are. */
  readonly maxRestarts: number | undefined
  readonly withinMs: number
  readonly onCrashLoop: 'retry' | 'giveUp'
}

export const PACE_KEYS = [
  'minDelayMs',
  'maxDelayMs',
  'stableAfterMs',
  'maxRestarts',
  'withinMs',
  'onCrashLoop',
]

export function parsePace(option: string, given: Record<string, unknown>): PaceConfig {
  const {
    minDelayMs = 100,
    stableAfterMs = 30_000,
    maxRestarts,
    withinMs = 60_000,
    onCrashLoop = 'retry',
  } = given
  const minimum = validate.milliseconds(`${option}.minDelayMs`, minDelayMs)
  const { maxDelayMs = Math.max(30_000, minimum) } = given
  return {
    minDelayMs: minimum,
    maxDelayMs: validate.milliseconds(`${option}.maxDelayMs`, maxDelayMs, minimum),
    stableAfterMs: validate.milliseconds(`${option}.stableAfterMs`, stableAfterMs),
    maxRestarts:
      maxRestarts === undefined
        ? undefined
        : validate.integer(`${option}.maxRestarts`, maxRestarts, 0, 1_000_000),
    withinMs: validate.milliseconds(`${option}.withinMs`, withinMs, 1),
    onCrashLoop: validate.oneOf(`${option}.onCrashLoop`, onCrashLoop, ['retry', 'giveUp'] as const),
  }
}
