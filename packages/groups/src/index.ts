export {
  type CallLimits,
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
  type Uncaught,
  type Vitals,
  type WireError,
  type WorkerState,
} from '@manifold/core'
export type {
  AbortedReload,
  BacklogFull,
  FatalReport,
  FinishedReload,
  HangReport,
  ListeningAddress,
  MasterEvents,
  Saturated,
  Scaling,
  StandbyVacancy,
  Vacancy,
} from './events.js'
export type { Group } from './group-interface.js'
export { Master } from './master.js'
export type { BroadcastResult, Handler, HandlerContext } from './messages/messages.js'
export type {
  GroupOptions,
  HeartbeatOptions,
  ListenOption,
  MasterOptions,
  OverloadOptions,
  ReportsOptions,
} from './options/group-options.js'
export type { Connection, Policy, PolicyMember } from './policies/policy.js'
export type { EffectivePolicy, PolicyName, PolicyOption, StickyOptions } from './policies/policy-options.js'
export type { ReloadOptions } from './reload/reload-options.js'
export type { SlotState } from './slots/slot.js'
export type {
  ExitStatus,
  GroupStatus,
  MasterState,
  MasterStatus,
  MemoryStatus,
  PlainExitReason,
  RatesStatus,
  SlotStatus,
  SocketStatus,
  WorkerStatus,
} from './status.js'
export type { Worker } from './workers/worker.js'
