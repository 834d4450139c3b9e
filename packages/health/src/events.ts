import type { ExitReason, ManifoldError } from '@manifold/core'
import type { HangReport, Worker } from '@manifold/groups'
import type { ObserverEvents } from './observe/events.js'
import type { Breach } from './recycle/limits.js'
import type { MemoryUse } from './recycle/memory-use.js'
import type { FailureKind, Figures } from './restart/intensity.js'

interface InSlot {
  readonly group: string
  readonly slot: number
}

/** A vacant slot will be filled. The counts are those of its group, within `restart.withinMs`. */
export interface PlannedRestart extends InSlot, Omit<Figures, 'restarts'> {
  readonly delayMs: number
  /** Whether the last worker had been ready (`run`), or did not get that far (`start`). */
  readonly kind: FailureKind
}

/** The worker that was to fill a slot did not come up. */
export interface FailedRestart extends InSlot, Pick<Figures, 'startFailures'> {
  readonly error: ManifoldError
}

/** A slot stays vacant, as `restart.policy` or `restart.on` has it. */
export interface LeftVacant extends InSlot {
  readonly worker: Worker
  readonly reason: ExitReason
}

/** A group had to be restarted more often than it may. */
export interface CrashLoopFigures extends Figures {
  readonly group: string
  readonly withinMs: number
}

/** What was done to a worker that says nothing any more. */
export interface Judgement {
  readonly worker: Worker
  /** For how long it had been silent, in ms. */
  readonly silentMs: number
  /** What its event loop hangs in, if that is known. */
  readonly report: HangReport | undefined
}

/** The groups that were reloaded as one died that they come after. */
export interface ReloadedDependants {
  readonly group: string
  /** In this order. */
  readonly reloaded: readonly string[]
}

export interface SupervisorEvents extends ObserverEvents {
  /** A vacant slot will be filled in `delayMs`. */
  backoff: [planned: PlannedRestart]
  /** A slot is served again. */
  respawn: [worker: Worker]
  /** The worker that was to fill a slot did not come up. The next one follows, later. */
  failed: [failure: FailedRestart]
  /** A slot stays vacant, as its worker was not to be restarted. */
  leftVacant: [slot: LeftVacant]
  /** Once, when the workers of a group die too often. */
  crashloop: [figures: CrashLoopFigures]
  /** A slot of a group that is in a crash loop stays vacant, until `resume()`, a reload, or more slots. */
  giveup: [slot: { readonly group: string; readonly slot: number }]
  /** The crash loop is over: nobody has died for `withinMs`. */
  stable: [event: { readonly group: string }]
  /** A silent worker is told to finish (SIGTERM). */
  terminating: [judgement: Judgement]
  /** A silent worker is killed. */
  killing: [judgement: Judgement]
  /** Groups that come after one have been reloaded, as its workers had died. */
  dependants: [event: ReloadedDependants]
  /** A worker that is too large, too old, or has served enough is being replaced. */
  recycle: [event: Breach & { readonly worker: Worker }]
  /** Its successor serves, and it finishes. */
  recycled: [event: { readonly old: Worker; readonly worker: Worker }]
  /** Its successor did not come up: it stays, and it is tried again later. */
  recycleFailed: [event: { readonly worker: Worker; readonly error: ManifoldError }]
  /** The container is short of memory, and no worker has grown. Once, until there is enough again. */
  memoryPressure: [use: MemoryUse]
  /** An alert could not be delivered (`ERR_MANIFOLD_ALERT`): the guardian is gone, and this had to. */
  alertFailed: [event: { readonly error: ManifoldError }]
}
