import { type Failure, type FailureClass, failureClasses } from './failure.js'

/** Milliseconds; all zero if nothing was measured. */
export interface Distribution {
  count: number
  p50: number
  p99: number
  max: number
}

export interface LoadReport {
  durationMs: number
  /** Requests that were due and were started. Each is in `ok`, in `failures` or still under way. */
  sent: number
  /** Requests that were due and were left out, because `maxUnderWay` others were under way. */
  skipped: number
  ok: number
  failures: Failure[]
  counts: Record<FailureClass, number>
  connectionsOpened: number
  /** Requests that were sent on a connection that had served one before. */
  reused: number
  /** Keep-alive requests that found the whole pool busy and got an additional connection. */
  overflowed: number
  /** Connections of the pool that the server ended between requests, which is its right. */
  idleEnded: number
  /** Answers to keep-alive requests that asked for the end of the connection, and got it. */
  askedToClose: number
  answersByPid: Map<number, number>
  /** From connect() to an established connection. */
  connectMs: Distribution
  /** New connections: from connect() to the first byte of the response. Its `max` is the longest wait of any. */
  newConnectionMs: Distribution
  /** From the moment at which the timetable had the request to the end of its response. */
  latencyMs: Distribution
  /** By how much the client itself was late at worst; the latencies are to be read against this. */
  lateMs: number
}

export function distribution(samples: number[]): Distribution {
  const sorted = Float64Array.from(samples).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

export function countByClass(failures: Failure[]): Record<FailureClass, number> {
  const counts = Object.fromEntries(failureClasses.map((name) => [name, 0])) as Record<FailureClass, number>
  for (const failure of failures) counts[failure.class]++
  return counts
}

/** One line, for the message of an assertion or a table of results. */
export function summarize(report: LoadReport): string {
  const failed = failureClasses.filter((name) => report.counts[name] > 0)
  const classes = failed.map((name) => `${report.counts[name]} ${name}`).join(', ') || 'no failure'
  const { latencyMs, newConnectionMs } = report
  return (
    `${report.ok}/${report.sent} ok, ${classes}; latency p50 ${latencyMs.p50.toFixed(1)} ` +
    `p99 ${latencyMs.p99.toFixed(1)} max ${latencyMs.max.toFixed(1)} ms; ` +
    `longest wait of a new connection ${newConnectionMs.max.toFixed(1)} ms (client late by ${report.lateMs.toFixed(1)} ms)`
  )
}

/** The failures one by one, at most `limit` of them. */
export function describeFailures(failures: Failure[], limit = 20): string {
  const lines = failures.slice(0, limit).map((failure) => {
    const { atMs, connection, requestsBefore, pid, written, bytesReceived, detail } = failure
    const request = written ? 'request written' : 'request not written'
    return (
      `  ${failure.class} at ${atMs.toFixed(0)} ms: connection ${connection} after ${requestsBefore} requests, ` +
      `server ${pid ?? 'unknown'}, ${request}, ${bytesReceived} bytes received, ${detail}`
    )
  })
  if (failures.length > limit) lines.push(`  and ${failures.length - limit} more`)
  return lines.join('\n')
}
