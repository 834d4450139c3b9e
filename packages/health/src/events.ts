import type { ManifoldError } from '@manifold/core'
import type { Worker } from '@manifold/groups'
import type { ObserverEvents } from './observe/events.js'

export interface SupervisorEvents extends ObserverEvents {
  /** A vacant slot will be filled in `delayMs`. */
  backoff: [event: { readonly group: string; readonly slot: number; readonly delayMs: number }]
  /** A slot is served again. */
  respawn: [worker: Worker]
  /** The worker that was to fill a slot did not come up. The next one follows, later. */
  failed: [event: { readonly group: string; readonly slot: number; readonly error: ManifoldError }]
}
