import type { ListenQuery } from '../node-internals.js'

/** Raised with every change that the other side must know. The two ends of a channel must agree. */
export const PROTOCOL_VERSION = 5

/** An address as it crosses the channel, and as `server.address()` reports it. */
export type WireAddress =
  | {
      readonly type: 'tcp' | 'udp'
      readonly address: string
      readonly family: 'IPv4' | 'IPv6'
      readonly port: number
    }
  | { readonly type: 'unix'; readonly path: string }

/** Where a server listens, by what it asked for and, for the port, by what it got: as `node:cluster` tells it. */
export interface ListeningInfo {
  readonly addressType: ListenQuery['addressType']
  readonly address: string | null
  readonly port: number | null
  readonly fd: number | undefined
}

/**
 * Why a worker finishes. After `stop` nobody takes over, so that waiting for idle clients gains nothing. `uncaught`:
 * something was thrown in it of which its application takes no care.
 */
export type DrainCause = 'stop' | 'replace' | 'signal' | 'orphan' | 'uncaught'

/** What a worker says to its master. */
export type WorkerMessage =
  | { readonly t: 'hello'; readonly version: number }
  /** A server closed: what its sockets have not yet accepted is for others. */
  | { readonly t: 'unlisten'; readonly listener: number }
  /** `socket` is the declared name of what the server listens on; `where` is told as in `node:cluster`. */
  | {
      readonly t: 'listening'
      readonly listener: number
      readonly socket: string | undefined
      readonly where?: ListeningInfo | undefined
    }
  | { readonly t: 'ready' }
  /** Sent ahead of Node's word that the connection has arrived, which without this means that it is taken. */
  | { readonly t: 'refused'; readonly offer: number; readonly late: boolean }
  /** A listening socket that was lent could not be listened on. */
  | { readonly t: 'attachFailed'; readonly listener: number; readonly source: number; readonly errno: number }
  /** How many connections a server has open: said soon after that has changed. */
  | { readonly t: 'connections'; readonly listener: number; readonly open: number }
  /**
   * Answers `limit`; said besides when it has become full, or is so no longer, and while it has more than that, when
   * it has fewer. Who is full has let go of all the sockets that it accepts on. `limits` is how many it has been told.
   */
  | {
      readonly t: 'limited'
      readonly limits: number
      readonly connections: number
      readonly full: boolean
    }
  /** Comes with a handle: a connection that was accepted and not read from, for a sibling that has fewer. */
  | {
      readonly t: 'surplus'
      readonly listener: number
      readonly open: number
      /** As those of an `offer`. */
      readonly offer: number
      readonly deadline: number
    }
  /** It lives, and its event loop turns. Whatever else it says means the same. */
  | { readonly t: 'beat'; readonly vitals: Vitals }
  /** Something was thrown of which its application takes no care. It finishes by itself. */
  | { readonly t: 'uncaught'; readonly origin: NodeJS.UncaughtExceptionOrigin; readonly error: WireError }
  /** Comes with a handle: what `echo` brought. */
  | { readonly t: 'echoed'; readonly echo: number }
  | { readonly t: 'draining'; readonly cause: DrainCause }
  | { readonly t: 'drained'; readonly destroyed: number }
  | { readonly t: 'retire' }

/** What a master says to its worker. */
export type MasterMessage =
  /** A worker that stands by gets a slot. Its servers are answered from now on. */
  | { readonly t: 'promote'; readonly slot: number }
  /**
   * Comes with a handle: a socket to accept on, for one listener of the worker. One that is `asleep` is accepted on only
   * if the master is gone, and the lifeline is not.
   */
  | { readonly t: 'attach'; readonly listener: number; readonly source: number; readonly asleep?: boolean }
  | { readonly t: 'detach'; readonly listener: number; readonly source: number }
  /**
   * Comes with a handle: one accepted connection. After `deadline` (monotonic ms) it is not the worker's to take.
   * `head` is what the master has read from it already, in base64.
   */
  | {
      readonly t: 'offer'
      readonly listener: number
      readonly offer: number
      readonly deadline: number
      readonly head?: string | undefined
      /** Who the client is, where a proxy has told the master. */
      readonly peer?: Peer | undefined
    }
  /** The master does not take this `surplus`. */
  | { readonly t: 'refused'; readonly offer: number }
  /** How many connections a server of the group has open on average; null if none are to be given back. */
  | { readonly t: 'share'; readonly listener: number; readonly average: number | null }
  /** How many connections it may have open, over all its servers; null: any number. */
  | { readonly t: 'limit'; readonly connections: number | null }
  /** Whether it must tell at once how many `connections` its servers have: others wait for them to become fewer. */
  | { readonly t: 'hurry'; readonly yes: boolean }
  /** Comes with a handle, which is to be sent back: so the master gets a second one of the same socket. */
  | { readonly t: 'echo'; readonly echo: number }
  | {
      readonly t: 'drain'
      readonly cause: DrainCause
      readonly timeoutMs: number
      readonly keepAliveGraceMs: number
    }
  /** As in `node:cluster`: it closes its servers, and its channel when they have. */
  | { readonly t: 'leave' }
  /** A worker of a group that this one asked about is ready, or is so no longer. */
  | { readonly t: 'joined'; readonly group: string; readonly id: number; readonly slot: number }
  | { readonly t: 'left'; readonly group: string; readonly id: number }
  /** Comes with a handle: one end of a connection to another worker. */
  | { readonly t: 'link'; readonly peer: Caller; readonly serialization: Serialization }
  | { readonly t: 'broadcast'; readonly name: string; readonly payload: unknown }

/** Who asks. The master itself is `{ group: 'master', slot: 0, id: 0 }`. */
export interface Caller {
  readonly group: string
  readonly slot: number
  readonly id: number
}

export const MASTER: Caller = { group: 'master', slot: 0, id: 0 }

export type Serialization = 'json' | 'advanced'

/** One end of a TCP connection. */
export interface Peer {
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  readonly port: number
}

/** Requests that a worker makes of its master: name → [question, answer]. */
export interface WorkerRequests {
  /** TLS servers send their ticket keys along, 48 bytes in base64. */
  listen: [{ listener: number; query: ListenQuery; ticketKeys: string | undefined }, ListenReply]
  call: [
    {
      target: string
      name: string
      payload: unknown
      timeoutMs: number
      slot?: number | undefined
      key?: string | undefined
      retry: boolean
    },
    unknown,
  ]
  /** Who is ready in that group? The master says `joined` for each before it answers, and tells all changes from then on. */
  members: [{ group: string }, null]
  /** Asks to be introduced to a worker: both get a `link`. False if that cannot be. */
  link: [{ id: number }, boolean]
  /** Answered at once. A worker that drains has heard all that was asked of it by then. */
  farewell: [null, null]
  /** As in `node:cluster`: it closes the channel once this is answered, of its own accord. */
  leave: [null, null]
}

/** What two workers say to each other. */
export type LinkMessage =
  /** The link has arrived. */
  { readonly t: 'hello' }

/** Requests that a worker makes of another. */
export interface LinkRequests {
  call: [{ name: string; payload: unknown }, unknown]
  /** The asking worker finishes, and is asked nothing new once this is answered. */
  goodbye: [null, null]
}

/** Requests that a master makes of a worker. */
export interface MasterRequests {
  call: [{ name: string; payload: unknown; from: Caller }, unknown]
}

/** The answer to `listen`. */
export type ListenReply =
  | {
      readonly granted: false
      readonly errno: number
      readonly why: string
      /** The system call that is to be named in the error of the server. */
      readonly syscall: 'bind' | 'listen'
    }
  | {
      readonly granted: true
      readonly address: WireAddress
      /** That of a declared socket counts, whatever the code names. */
      readonly backlog: number | undefined
      /** The name under which the socket was declared, if it was. */
      readonly socket: string | undefined
      /** Those of the first worker that came: all workers of a group resume each other's sessions. */
      readonly ticketKeys: string | undefined
    }

/** What the channel itself adds: requests and their replies. */
export type Exchange =
  | { readonly t: 'request'; readonly id: number; readonly name: string; readonly payload: unknown }
  | { readonly t: 'reply'; readonly id: number; readonly value?: unknown; readonly error?: WireError }
  /** Nobody waits for the answer any more. */
  | { readonly t: 'cancel'; readonly id: number }

/** An error on its way to another process. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly code?: string | undefined
  readonly stack?: string | undefined
}

/** What its watchdog tells of a worker that hangs: a line of JSON, on a pipe of its own. */
export interface Hang {
  /** For how long its event loop had not turned, in ms. */
  readonly hungMs: number
  /** The JavaScript that ran, innermost call first, as `error.stack` would have it; undefined if none did. */
  readonly stack: string | undefined
  /** If there is no stack: why. */
  readonly why: string | undefined
}

/** How a worker is, by its own word. */
export interface Vitals {
  /** How late timers were since the beat before, in ms: one every 20 ms, or every 100 while there is little to do. */
  readonly delayP50Ms: number
  readonly delayP99Ms: number
  readonly delayMaxMs: number
  /** For what part of the time since the beat before the event loop had something to do, from 0 to 1. */
  readonly utilization: number
  readonly rssBytes: number
  readonly heapUsedBytes: number
  /** At which V8 gives up. */
  readonly heapLimitBytes: number
  /** Connections that its servers have open. */
  readonly connections: number
  /** Connections that they have taken, ever. */
  readonly accepted: number
  /** HTTP requests that they have been given, ever. */
  readonly requests: number
  readonly uptimeMs: number
  /** Whether a debugger may hold it up. */
  readonly inspected: boolean
}

/** The slot of a worker that has none yet. */
export const STANDBY = -1

/** What a worker must know before it runs the application. Passed in the environment as JSON. */
export interface WorkerBoot {
  readonly version: number
  readonly id: number
  readonly group: string
  /** `STANDBY` for one that stands by. */
  readonly slot: number
  /** The declared sockets and the addresses they have. */
  readonly sockets: Readonly<Record<string, WireAddress>>
  readonly ready: ReadyMode
  /** For a drain that nobody asked for: a signal, or a master that is gone. */
  readonly drainTimeoutMs: number
  readonly keepAliveGraceMs: number
  readonly maxQueued: number
  /** How often the worker says that it lives, in ms. */
  readonly beatMs: number
  readonly serialization: Serialization
  readonly onUncaught: 'drain' | 'exit'
  /** Where reports of Node are written; undefined if none is to be. */
  readonly reportsDirectory: string | undefined
  /** If set, a thread writes to that descriptor what the event loop hangs in, when it has hung for so long. */
  readonly watchdog: { readonly fd: number; readonly hangMs: number } | undefined
  /** Whether the process shall behave as a worker of `node:cluster`: see `runtime/cluster/`. */
  readonly cluster?: boolean | undefined
  /** The descriptor of the lifeline, if the master has a guardian. While it lasts, the worker serves without a master. */
  readonly lifeline?: number | undefined
}

/**
 * When a worker is ready: once all its declared sockets listen (the first that listens, where none is declared),
 * as soon as it is online, or when it says so.
 */
export type ReadyMode = 'listening' | 'online' | 'manual'

/** The environment variable that carries `WorkerBoot`. The runtime removes it as soon as it has read it. */
export const BOOT_VARIABLE = 'MANIFOLD_WORKER'
