/** The parts that a program may name: errors, addresses, the state of a worker. `@manifold/groups` does the work. */
export type { Clock, Timer } from './clock.js'
export type { ErrorCode } from './errors.js'
export {
  formatAddress,
  formatExit,
  ManifoldError,
  OptionError,
  SocketError,
  StartError,
  systemClock,
} from './internal.js'
export type { CallLimits } from './ipc/limits.js'
export type { DrainCause, ReadyMode, Vitals, WireError } from './ipc/protocol.js'
export type { ExitReason } from './parent/exit-reason.js'
export type { Uncaught } from './parent/inbox.js'
export type { SpawnOptions } from './parent/spawn.js'
export type { StartFailure } from './parent/start-error.js'
export type { WorkerState } from './parent/worker-state.js'
export type { SocketAddress, SocketOption } from './sockets/address.js'
