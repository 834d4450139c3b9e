import assert from 'node:assert/strict'
import {
  describeFailures,
  type Failure,
  type LoadClient,
  type LoadReport,
  summarize,
} from '../helpers/load-client.js'
import { until } from '../helpers/wait.js'

/** How long after the death of a process its client may hear of it, besides what the client itself is late. */
const NEWS_MS = 1_000
/** Less than the load client takes for a hang, and more than a sibling needs on a busy machine. */
const LONGEST_WAIT_MS = 3_000
export interface Kill {
  pid: number
  /** When, in milliseconds since the load began. */
  atMs: number
}

/** So that each worker dies with work in its hands. */
export async function someAnswers(load: LoadClient): Promise<void> {
  const { ok } = load.report()
  await until(() => load.report().ok >= ok + 10, { what: 'answers', intervalMs: 5 })
}

/** Every request that failed was on a connection that a killed process had accepted. */
export function assertOnlyKilled(
  report: LoadReport,
  kills: readonly Kill[],
  longestMs = LONGEST_WAIT_MS,
): void {
  const newsMs = NEWS_MS + report.lateMs
  const strange = report.failures.filter((failure) => !kills.some((kill) => diedWith(failure, kill, newsMs)))
  assert.equal(strange.length, 0, `${summarize(report)}\n${describeFailures(strange)}`)
  assert.ok(report.newConnectionMs.max < longestMs + report.lateMs, summarize(report))
}

/** Of a new connection nobody has told who accepted it; but it was lost at the moment of a kill. */
function diedWith(failure: Failure, kill: Kill, newsMs: number): boolean {
  const reset = ['reset-fresh', 'reset-reused', 'reset-mid-response'].includes(failure.class)
  const then = failure.atMs >= kill.atMs && failure.atMs < kill.atMs + newsMs
  const unknown = failure.pid === undefined && failure.requestsBefore === 0
  return reset && then && (failure.pid === kill.pid || unknown)
}
