import type { ExitReason, ManifoldError } from '@manifold/core'
import type { Hang } from '@manifold/core/internal'
import type { GenerationEvents } from './generation/generation-events.js'

/** What happens to a guardian and its masters. A generation is the number of one life of the master, from 1. */
export interface GuardianEvents {
  /** A master is started. `pid` is undefined if there is no process. */
  masterStarted: [event: { readonly generation: number; readonly pid: number | undefined }]
  /** All its groups are ready: from now on this generation serves. */
  masterSettled: [event: { readonly generation: number }]
  /** The master that serves stops, without having been told to. Another is started at once. */
  masterStopping: [event: { readonly generation: number }]
  /** The master that served has died, without having been told to. Its workers serve on. */
  masterDied: [event: { readonly generation: number; readonly reason: ExitReason }]
  /** The event loop of a master does not turn, and in what. */
  masterHang: [event: { readonly generation: number; readonly hang: Hang }]
  /** A master has said nothing for so long that it is killed. */
  masterSilent: [event: { readonly generation: number }]
  /** A master that was started in the place of a dead one has not settled. */
  restartFailed: [event: { readonly generation: number; readonly error: Error }]
  /** The next master is started after so long. */
  backoff: [event: { readonly delayMs: number }]
  /** Masters die one after another. */
  crashloop: [event: { readonly restarts: number; readonly withinMs: number }]
  /** No master is started any more until an upgrade is asked for. The workers serve on. */
  gaveUp: [event: { readonly restarts: number }]
  upgrading: [event: { readonly generation: number }]
  upgraded: [event: { readonly from: number; readonly to: number }]
  /** The new master was ended; the old one serves on, if there was one. */
  upgradeFailed: [event: { readonly generation: number; readonly error: Error }]
  /** No process of that generation is left. */
  generationGone: [event: { readonly generation: number }]
  /** What a master wants somebody to know. */
  alert: GenerationEvents['alert']
  stopping: []
  stopped: []
  /** An alert could not be delivered, or an event not be written. */
  notTold: [error: ManifoldError]
}
