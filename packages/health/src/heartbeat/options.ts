import { validate } from '@manifold/core/internal'

/** What becomes of a worker that the heartbeat of its group has found silent. */
export interface JudgementOptions {
  /** After how much silence it is told to finish (SIGTERM), in ms. @default 2_500 */
  readonly termAfterMs?: number
  /**
   * After how much it is killed, in ms: at least 500 more than that.
   * @default 3_500, or 1,000 more than `termAfterMs` if that is more
   */
  readonly killAfterMs?: number
}

/** The same, checked and with defaults. */
export interface JudgementConfig {
  readonly termAfterMs: number
  readonly killAfterMs: number
}

/** How long a worker that was told to finish has at least before it is killed. */
export const TERM_GRACE_MS = 500

/** Undefined if nobody is judged. */
export function parseJudgement(option: string, value: unknown): JudgementConfig | undefined {
  if (value === false) return undefined
  const given = value === undefined ? {} : validate.record(option, value)
  validate.onlyKnownKeys(option, given, ['termAfterMs', 'killAfterMs'])
  const { termAfterMs: term = 2_500 } = given
  const termAfterMs = validate.milliseconds(`${option}.termAfterMs`, term)
  const { killAfterMs = Math.max(3_500, termAfterMs + 1_000) } = given
  return {
    termAfterMs,
    killAfterMs: validate.milliseconds(`${option}.killAfterMs`, killAfterMs, termAfterMs + TERM_GRACE_MS),
  }
}
