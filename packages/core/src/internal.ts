/** For the packages that are built on this one. Not for users: it changes without notice. */
export { type CgroupDirectories, cgroupDirectories } from './cgroup.js'
export { MAX_TIMER_MS, systemClock } from './clock.js'
export { log } from './debug.js'
export { ManifoldError, OptionError, SocketError, show } from './errors.js'
export { EventEmitter } from './event-emitter.js'
export { type Alert, GuardianLink, guardianLink, type Line, type LinkEvents } from './guard/link.js'
export {
  type Deposit,
  GUARD_VARIABLE,
  GUARD_VERSION,
  type GuardBoot,
  type GuardedMessage,
  type GuardianMessage,
} from './guard/protocol.js'
export { SocketStore, type Stored } from './guard/socket-store.js'
export { heapLimitBytes } from './heap-limit.js'
export { Channel } from './ipc/channel.js'
export { Frames, frame } from './ipc/frames.js'
export { Handoff, type HandoffOutcome, LEASE_MS, type Preface, type SendOffer } from './ipc/handoff.js'
export type { Inquiry } from './ipc/inquiry.js'
export { type Limits, parseLimits } from './ipc/limits.js'
export { Outbox } from './ipc/outbox.js'
export { Pending } from './ipc/pending.js'
export {
  type Caller,
  type Hang,
  type ListeningInfo,
  type ListenReply,
  MASTER,
  type Peer,
  PROTOCOL_VERSION,
  type Serialization,
  STANDBY,
  type WorkerRequests,
} from './ipc/protocol.js'
export { fromWire, toWire } from './ipc/wire-error.js'
export { type Delays, LoopDelay } from './loop-delay.js'
export { Machine, type Transitions } from './machine.js'
export type {
  Answer,
  BroadcastArguments,
  BroadcastName,
  CallArguments,
  HandlerOf,
  RequestName,
} from './message-types.js'
export {
  bindPipe,
  bindTcp,
  type Handle,
  handleOf,
  IPV6_ONLY,
  inodeOf,
  type ListenQuery,
  listenOn,
  makePipeAccessible,
  portOf,
  readFrom,
  type SocketName,
  type StreamHandle,
} from './node-internals.js'
export { Echoes } from './parent/echoes.js'
export { formatExit } from './parent/exit-reason.js'
export { Hangs } from './parent/hangs.js'
export { inspectorArguments } from './parent/inspector.js'
export { type Rates, ratesBetween } from './parent/rates.js'
export { executable, type SpawnOptions } from './parent/spawn.js'
export { StartError } from './parent/start-error.js'
export { Startup } from './parent/startup.js'
export { StderrTail } from './parent/stderr-tail.js'
export { terminate } from './parent/terminate.js'
export { unspawned } from './parent/unspawned.js'
export type { WorkerHost } from './parent/worker-host.js'
export type { WorkerOptions } from './parent/worker-options.js'
export { WorkerProcess } from './parent/worker-process.js'
export { untilQuiet } from './quiet.js'
export { hashOf, ownerOf, rankOf } from './rendezvous.js'
export { parseReportName, reportName } from './report-name.js'
export { Roster } from './roster.js'
export { Lookout } from './runtime/watchdog/lookout.js'
export {
  DEFAULT_BACKLOG,
  formatAddress,
  formatSpec,
  MAX_PATH_BYTES,
  parseSocket,
  type SocketSpec,
} from './sockets/address.js'
export { canReusePort, HeldSocket, type Keeping } from './sockets/held-socket.js'
export { type Inherited, systemdSockets } from './sockets/inherited.js'
export { type KernelTable, kernelQueues } from './sockets/kernel-queues.js'
export { errnoOf } from './sockets/system-error.js'
export { fileAt, removeFile } from './sockets/unix-socket.js'
export { throwLater } from './throw-later.js'
export * as validate from './validate.js'
