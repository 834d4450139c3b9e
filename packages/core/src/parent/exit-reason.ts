/** How a worker ended. `asked` tells whether its master had told it to finish. */
export type ExitReason =
  | { readonly type: 'exited'; readonly code: number; readonly asked: boolean }
  | { readonly type: 'signaled'; readonly signal: NodeJS.Signals; readonly asked: boolean }
  /** It did not finish in time and was killed for it. */
  | { readonly type: 'killed'; readonly signal: NodeJS.Signals; readonly asked: true }
  /** There never was a process: the program of Node, the directory or the user is wrong. */
  | { readonly type: 'unspawned'; readonly error: Error; readonly asked: boolean }

/** For people: `exit code 1`, `SIGKILL`, `SIGKILL, as it did not finish in time`. */
export function formatExit(reason: ExitReason): string {
  switch (reason.type) {
    case 'exited':
      return `exit code ${reason.code}`
    case 'signaled':
      return reason.signal
    case 'killed':
      return `${reason.signal}, as it did not finish in time`
    case 'unspawned':
      return reason.error.message
    default:
      return reason satisfies never
  }
}
