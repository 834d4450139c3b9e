import type { ManifoldError } from '@manifold/core'

/** What a supervisor says of its own log and endpoints. */
export interface ObserverEvents {
  /** The event log cannot be written (`ERR_MANIFOLD_LOG`). Said once until it can be again; what is lost is counted. */
  logFailed: [event: { readonly error: ManifoldError }]
  /** The endpoints could not be bound, or listened on. Everything else goes on. */
  endpointFailed: [event: { readonly error: ManifoldError }]
}
