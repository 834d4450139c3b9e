import type { ManifoldError } from '@manifold/core'
import type { Worker } from '@manifold/groups'
import type { Breach } from './recycle/limits.js'
import type { MemoryUse } from './recycle/memory-use.js'

export interface SupervisorEvents {
  /** A vacant slot will be filled in `delayMs`. */
  backoff: [event: { readonly group: string; readonly slot: number; readonly delayMs: number }]
  /** A slot is served again. */
  respawn: [worker: Worker]
  /** The worker that was to fill a slot did not come up. The next one follows, later. */
  failed: [event: { readonly group: string; readonly slot: number; readonly error: ManifoldError }]
  /** A worker that is too large, too old, or has served enough is being replaced. */
  recycle: [event: Breach & { readonly worker: Worker }]
  /** Its successor serves, and it finishes. */
  recycled: [event: { readonly old: Worker; readonly worker: Worker }]
  /** Its successor did not come up: it stays, and it is tried again later. */
  recycleFailed: [event: { readonly worker: Worker; readonly error: ManifoldError }]
  /** The container is short of memory, and no worker has grown. Once, until there is enough again. */
  memoryPressure: [use: MemoryUse]
}
