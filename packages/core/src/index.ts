/** The parts that a program may name: errors, addresses, the state of a worker. `@manifold/groups` does the work. */
export { type Clock, systemClock, type Timer } from './clock.js'
export { type ErrorCode, ManifoldError, OptionError, SocketError } from './errors.js'
export type { DrainCause, ReadyMode } from './ipc/protocol.js'
export { type ExitReason, formatExit } from './parent/exit-reason.js'
export type { SpawnOptions } from './parent/spawn.js'
export { StartError, type StartFailure } from './parent/start-error.js'
export type { WorkerState } from './parent/worker-process.js'
export { formatAddress, type SocketAddress, type SocketOption } from './sockets/address.js'
