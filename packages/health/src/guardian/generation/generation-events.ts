import type { ExitReason } from '@manifold/core'
import type { Deposit, GuardedMessage, Handle, Hang } from '@manifold/core/internal'

/** What a generation tells its guardian. */
export interface GenerationEvents {
  deposit: [deposit: Deposit, handle: Handle]
  take: [id: string]
  withdraw: [id: string]
  /** Its master begins to stop, told to or by itself. */
  stopping: []
  /** Its event loop does not turn, and in what, before it is silent for too long. */
  hang: [hang: Hang]
  /** Its master has said nothing for so long that it is killed. */
  silent: []
  alert: [alert: Omit<Extract<GuardedMessage, { t: 'alert' }>, 't'>]
  /** Its master wishes to be replaced by another. */
  upgrade: []
  /** The process of the master is gone, and all that it had said has been heard. Its workers may serve on. */
  died: [reason: ExitReason]
  /** No process of it is left. */
  gone: []
}
