/** For code inside a worker: `import { worker } from '@manifold/core/worker'`. */
import { Worker } from './runtime/worker-interface.js'

export type { DrainCause } from './ipc/protocol.js'
export type { DrainEvent } from './runtime/runtime.js'
export type { CallLimits, SocketAddressOptions, Worker, WorkerEvents } from './runtime/worker-interface.js'

export const worker: Worker = new Worker()
