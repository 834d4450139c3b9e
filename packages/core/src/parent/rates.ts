import type { Vitals } from '../ipc/protocol.js'

/** What a worker's servers are given, per second. */
export interface Rates {
  readonly requestsPerSecond: number
  readonly connectionsPerSecond: number
}

/** Between two beats of one worker, by its own time: how late they were read does not matter. */
export function ratesBetween(before: Vitals, after: Vitals): Rates | undefined {
  const seconds = (after.uptimeMs - before.uptimeMs) / 1_000
  if (!(seconds > 0)) return undefined
  return {
    requestsPerSecond: perSecond(after.requests - before.requests, seconds),
    connectionsPerSecond: perSecond(after.accepted - before.accepted, seconds),
  }
}

function perSecond(count: number, seconds: number): number {
  return Math.round((count / seconds) * 10) / 10
}
