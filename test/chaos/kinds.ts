/** What a process is told, or what is done to it from outside. */
export type Strike =
  | { readonly signal: NodeJS.Signals; readonly thenContinueAfterMs?: number }
  | { readonly order: FaultOrder }

/** What `fixtures/services/faulty-server` does when its master passes it on. */
export type FaultOrder =
  | { readonly do: 'echo'; readonly id: number }
  | { readonly do: 'exit'; readonly code: number }
  | { readonly do: 'throw' | 'reject' | 'fill heap' | 'disconnect' }
  /** 0 ms: for ever. */
  | { readonly do: 'block'; readonly ms: number }

/** What the next process of a group does instead of starting as it should. */
export type Mood = { readonly start: 'slowly'; readonly ms: number } | { readonly start: 'exits' | 'never' }

export interface Kind {
  /** How often it is drawn, compared with the others. */
  readonly weight: number
  /** Whether the process is expected to be heard again, rather than to be succeeded. */
  readonly survives?: boolean
  /** Whether requests that the process has accepted may fail: it dies with them in its hands. */
  readonly loses: boolean
  /** How the process may end by it alone, in the words of `formatExit`. */
  readonly ends: RegExp
}

/** Out of memory is an abort; a worker that is slow about it is killed for its silence. */
const ABORTED = /^(?:SIGABRT|SIGTRAP|SIGILL|exit code 134|SIGKILL)/
const KILLED = /^SIGKILL/

export const kinds = {
  SIGKILL: { weight: 14, loses: true, ends: KILLED },
  'short SIGSTOP': { weight: 8, survives: true, loses: false, ends: /^never$/ },
  'long SIGSTOP': { weight: 6, loses: true, ends: KILLED },
  'exit 0': { weight: 5, loses: true, ends: /^exit code 0/ },
  'exit 1': { weight: 5, loses: true, ends: /^exit code 1$/ },
  'exit 7': { weight: 5, loses: true, ends: /^exit code 7$/ },
  'uncaught exception': { weight: 9, loses: false, ends: /^exit code [17]$/ },
  'unhandled rejection': { weight: 7, loses: false, ends: /^exit code [17]$/ },
  'full heap': { weight: 6, loses: true, ends: ABORTED },
  'channel closed': { weight: 7, loses: false, ends: /^exit code 0/ },
  'short hang': { weight: 8, survives: true, loses: false, ends: /^never$/ },
  'long hang': { weight: 6, loses: true, ends: KILLED },
  'slow start': { weight: 5, loses: true, ends: KILLED },
  'failed start': { weight: 5, loses: true, ends: KILLED },
  'killed start': { weight: 4, loses: true, ends: KILLED },
} as const satisfies Record<string, Kind>

export type KindName = keyof typeof kinds

export const kindNames = Object.keys(kinds) as KindName[]

export function kindOf(name: KindName): Kind {
  return kinds[name]
}
