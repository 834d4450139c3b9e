export interface Streams {
  readonly stdio: (number | 'inherit' | 'ignore' | 'pipe' | 'ipc')[]
  readonly lifeline: number
  readonly ipc: number
  readonly watchdog: number
}
export function streamsFor(_: { inherited: readonly { fd: number }[]; fds: readonly number[] }): Streams {
  return { stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'ipc', 'pipe'], lifeline: 3, ipc: 4, watchdog: 5 }
}
