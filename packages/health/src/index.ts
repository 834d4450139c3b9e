export type {
  CrashLoopFigures,
  FailedRestart,
  Judgement,
  LeftVacant,
  PlannedRestart,
  ReloadedDependants,
  SupervisorEvents,
} from './events.js'
export type { JudgementOptions } from './heartbeat/options.js'
export type { ObserverEvents } from './observe/events.js'
export type { LogOptions } from './observe/log/options.js'
export type { Metrics } from './observe/metrics/scraper.js'
export type { HttpOptions } from './observe/options.js'
export type { SupervisionStatus, SupervisorStatus } from './observe/status.js'
export type { RuleOptions, SuperviseOptions } from './options.js'
export type { Breach, RecycleCause } from './recycle/limits.js'
export type { MemoryUse } from './recycle/memory-use.js'
export type { RecycleOptions } from './recycle/options.js'
export type { FailureKind, Figures } from './restart/intensity.js'
export type { RestartOptions, RestartPolicy } from './restart/options.js'
export { type Supervised, supervise } from './supervise.js'
export type { Supervisor } from './supervisor.js'
