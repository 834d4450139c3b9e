import type { DrainCause, ExitReason, ManifoldError, SocketAddress, Uncaught, Vitals } from '@manifold/core'
import type { Worker } from './workers/worker.js'

/** Where a worker's server listens. */
export interface ListeningAddress {
  /** The name of the socket, if the group declares it. */
  readonly socket: string | undefined
  readonly address: SocketAddress
}

/** A slot that lost its worker. */
export interface Vacancy {
  readonly group: string
  readonly slot: number
  /** The worker that served there. */
  readonly worker: Worker
}

/** A socket whose connections nobody takes. */
export interface BacklogFull {
  readonly group: string
  readonly socket: string
  readonly address: SocketAddress
  /** How many the master holds. */
  readonly waiting: number
  readonly code: 'ERR_MANIFOLD_BACKLOG_FULL'
}

/** A group at its limit (option `maxConnections`). */
export interface Saturated {
  readonly group: string
  readonly maxConnections: number
}

/** All workers of a group were replaced. */
export interface FinishedReload {
  readonly group: string
  /** How many slots it has now. */
  readonly workers: number
}

/** A reload that went no further. */
export interface AbortedReload {
  readonly group: string
  /** What `reload()` rejects with. */
  readonly error: ManifoldError
  /** The slots that had a new worker, or none for its sake, and have been given one of the former release again. */
  readonly rolledBack: readonly number[]
}

/** What a worker hangs in. */
export interface HangReport {
  /** For how long its event loop had not turned, in ms. */
  readonly hungMs: number
  /** The JavaScript that ran, innermost call first, as `error.stack` would have it; undefined if none did. */
  readonly stack: string | undefined
  /** If there is no stack: why. */
  readonly why: string | undefined
  /** How it was when it said so last. */
  readonly vitals: Vitals | undefined
}

/** What Node wrote as a worker died of a fatal error. */
export interface FatalReport {
  /** The path of the report, in JSON. */
  readonly file: string
}

/** A worker that was to stand by did not come so far, or is gone. */
export interface StandbyVacancy {
  readonly group: string
  readonly worker: Worker
  readonly error: ManifoldError
}

/** A group has another number of slots. */
export interface Scaling {
  readonly group: string
  readonly from: number
  readonly to: number
}

/**
 * The events of a master. Those of Node's cluster have their names; the worker comes first.
 *
 * | event | payload | when | in `node:cluster` |
 * | --- | --- | --- | --- |
 * | `setup` | – | once, before the first worker is forked: the declared sockets are bound | at each `setupPrimary()`, with the settings |
 * | `started` | – | every group is ready: `start()` resolves | – |
 * | `fork` | worker | a process was started | the same |
 * | `online` | worker | it runs | the same |
 * | `listening` | worker, `{ socket, address }` | one of its servers listens | with `{ address, port, addressType, fd }` |
 * | `ready` | worker | it can serve (option `ready`) | – |
 * | `draining` | worker, cause | it takes no new connections and finishes what it has | – |
 * | `disconnect` | worker | its channel is closed; once for every worker, before `exit` | may come after `exit`, or not at all |
 * | `exit` | worker, reason | it is gone, and what it sent has been read | with code and signal; messages may follow |
 * | `message` | worker, message, handle | its application called `process.send` | the same |
 * | `silent` | worker, milliseconds | it has said nothing for too long (option `heartbeat`), and siblings do what it should | – |
 * | `heard` | worker | it goes on | – |
 * | `beat` | worker, vitals | it lives, and this is how it is | – |
 * | `hang` | worker, report | its event loop hangs, and this is in what (option `hangReport`) | – |
 * | `uncaught` | worker, `{ origin, error }` | something was thrown in it that its application does not catch; it finishes | – |
 * | `report` | worker, `{ file }` | it died of a fatal error, such as a heap that is full, and left a report of Node's (option `reports`); after `exit` | – |
 * | `overload` | worker, vitals | its event loop has been late for too long (option `overload`) | – |
 * | `relieved` | worker, vitals | it is so no longer | – |
 * | `standby` | worker | it has loaded the application, and waits for a slot | – |
 * | `promoted` | worker | it stood by, and has a slot now | – |
 * | `standbyVacant` | `{ group, worker, error }` | a worker that stood by, or was to, is gone; `group.replenish()` starts another | – |
 * | `backlog` | `{ group, socket, address, waiting, code }` | so many connections wait in the master that it accepts no more; the kernel queues them | – |
 * | `saturated` | `{ group, maxConnections }` | a group has all the connections that it may; who comes waits in the kernel | – |
 * | `unsaturated` | `{ group, maxConnections }` | it has had fewer for a second | – |
 * | `vacant` | `{ group, slot, worker }` | nobody serves in a slot, and nobody is on the way; again at the end of `start()` | – |
 * | `failed` | worker, error | one that was to succeed this worker did not come up: it had asked for it, or a reload is rolled back | – |
 * | `reload` | `{ group, workers }` | a group has replaced all its workers | – |
 * | `reloadAborted` | `{ group, error, rolledBack }` | a reload went no further, and what it had begun is undone | – |
 * | `scale` | `{ group, from, to }` | slots were added, and will be filled, or taken away, and drain | – |
 * | `groupAdded` | group | a group that was added while the master runs is ready | – |
 * | `groupRemoved` | group | nothing is left of a group: it was removed, or did not come up when it was added | – |
 * | `guardianLost` | – | the guardian of this master is gone; it goes on without | – |
 * | `stopping` | – | `stop()` was called, or `start()` failed: the workers will drain | – |
 * | `stopped` | – | nothing is left: `stop()` resolves | – |
 */
export interface MasterEvents {
  setup: []
  started: []
  fork: [worker: Worker]
  online: [worker: Worker]
  listening: [worker: Worker, where: ListeningAddress]
  ready: [worker: Worker]
  draining: [worker: Worker, cause: DrainCause]
  disconnect: [worker: Worker]
  exit: [worker: Worker, reason: ExitReason]
  silent: [worker: Worker, silentMs: number]
  heard: [worker: Worker]
  beat: [worker: Worker, vitals: Vitals]
  hang: [worker: Worker, report: HangReport]
  uncaught: [worker: Worker, uncaught: Uncaught]
  report: [worker: Worker, report: FatalReport]
  overload: [worker: Worker, vitals: Vitals]
  relieved: [worker: Worker, vitals: Vitals]
  standby: [worker: Worker]
  promoted: [worker: Worker]
  standbyVacant: [vacancy: StandbyVacancy]
  backlog: [full: BacklogFull]
  saturated: [at: Saturated]
  unsaturated: [at: Saturated]
  message: [worker: Worker, message: unknown, handle: unknown]
  vacant: [vacancy: Vacancy]
  failed: [worker: Worker, error: ManifoldError]
  reload: [reload: FinishedReload]
  reloadAborted: [reload: AbortedReload]
  scale: [scaling: Scaling]
  groupAdded: [group: string]
  groupRemoved: [group: string]
  guardianLost: []
  stopping: []
  stopped: []
}
