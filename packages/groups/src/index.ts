export {
  type DrainCause,
  type ErrorCode,
  type ExitReason,
  formatAddress,
  formatExit,
  ManifoldError,
  OptionError,
  type ReadyMode,
  type SocketAddress,
  SocketError,
  type SocketOption,
  StartError,
  type StartFailure,
  type WorkerState,
} from '@manifold/core'
export type {
  AbortedReload,
  FinishedReload,
  ListeningAddress,
  MasterEvents,
  Scaling,
  Vacancy,
} from './events.js'
export type { Group } from './group-interface.js'
export { type Handler, Master } from './master.js'
export type { GroupOptions, MasterOptions, PolicyName } from './options.js'
export type { ReloadOptions } from './reload-options.js'
export type { SlotState } from './slot.js'
export type { GroupStatus, MasterState, MasterStatus, SlotStatus, WorkerStatus } from './status.js'
export type { Worker } from './worker.js'
