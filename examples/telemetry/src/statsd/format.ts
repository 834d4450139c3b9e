import type { Snapshot } from './aggregate.js'

/**
 * A flush as lines to read, one per metric. Every line begins with who says it: each worker adds up what
 * reached it, and a client's metrics are those of all ingest workers together.
 */
export function formatSnapshot(who: string, snapshot: Snapshot, elapsedMs: number): string[] {
  const line = (kind: string, name: string, text: string) =>
    `${who}  ${kind.padEnd(7)}  ${name.padEnd(20)}  ${text}`
  const perSecond = (value: number) => number((value * 1_000) / Math.max(elapsedMs, 1))
  const lines = [
    ...snapshot.counters.map(({ name, value }) =>
      line('counter', name, `${number(value)}  (${perSecond(value)}/s)`),
    ),
    ...snapshot.gauges.map(({ name, value }) => line('gauge', name, number(value))),
    ...snapshot.timers.map(({ name, ...summary }) => line('timer', name, fields(summary))),
    ...snapshot.sets.map(({ name, members }) => line('set', name, `${members.length} different`)),
  ]
  if (snapshot.malformed.length > 0) lines.push(`${who}  malformed lines: ${reasons(snapshot.malformed)}`)
  if (snapshot.dropped > 0) lines.push(`${who}  dropped samples, for too many names: ${snapshot.dropped}`)
  return lines
}

function fields(summary: object): string {
  return Object.entries(summary)
    .map(([name, value]) => `${name} ${number(value)}`)
    .join('  ')
}

function reasons(malformed: Snapshot['malformed']): string {
  const total = malformed.reduce((sum, { count }) => sum + count, 0)
  return `${total} (${malformed.map(({ reason, count }) => `${reason} ${count}`).join(', ')})`
}

/** At most three digits behind the point, and none that say nothing. */
function number(value: number): string {
  return String(Number(value.toFixed(3)))
}
