import type { StdioOptions } from 'node:child_process'

export type Streams = Exclude<StdioOptions, string>

/** What is passed to a worker, and where it finds it. */
export interface WorkerStreams {
  readonly stdio: Streams
  /** Where its watchdog writes. */
  readonly watchdog: number | undefined
  readonly lifeline: number | undefined
}

/** As it starts, Node has no descriptor up to this one inherited by its own children, and those behind it up to a gap. */
const SURE = 16

/** The streams that the user chose, and behind them the channel, the pipe of the watchdog, and the lifeline. */
export function streamsOf(
  stdio: StdioOptions = ['ignore', 'inherit', 'pipe'],
  { watchdog = false, lifeline }: { watchdog?: boolean; lifeline?: number | undefined } = {},
): WorkerStreams {
  const streams: Streams = typeof stdio === 'string' ? [stdio, stdio, stdio] : [...stdio]
  if (!streams.includes('ipc')) streams.push('ipc')
  const watchdogAt = watchdog ? streams.push('pipe') - 1 : undefined
  if (lifeline === undefined) return { stdio: streams, watchdog: watchdogAt, lifeline }
  const gap = streams.findIndex((stream, fd) => fd >= SURE && (stream ?? 'ignore') === 'ignore')
  const lifelineAt = gap === -1 ? streams.length : gap
  streams[lifelineAt] = lifeline
  return { stdio: streams, watchdog: watchdogAt, lifeline: lifelineAt }
}
