import type { Worker as NodeWorker } from 'node:cluster'
import type { ListeningInfo, WorkerProcess } from '@manifold/core/internal'

/** Node's class, and what of it is not in the types: the state, which nothing in Node depends on, but programs read. */
export type ClusterWorker = NodeWorker & { state: string }

export type WorkerClass = new (options: { id: number; process: unknown }) => ClusterWorker

/** Who hears of a worker what it tells of itself. */
export interface WorkerEvents {
  /** With what the worker emits; it comes first then. */
  emit(event: string, worker: ClusterWorker, ...payload: unknown[]): void
  /** It is no longer among the workers: it has gone in both ways, by its channel and its process. */
  removed(worker: ClusterWorker): void
}

/**
 * A worker as `node:cluster` shows it: of Node's class, so that it is on each line what it would be there, and with what
 * Node's primary makes of the life of its process, event by event. Its sockets are seen to before any of this.
 */
export class Represented {
  readonly worker: ClusterWorker
  readonly #process: WorkerProcess
  readonly #on: WorkerEvents

  constructor(process: WorkerProcess, Worker: WorkerClass, on: WorkerEvents) {
    this.#process = process
    this.#on = on
    const { child } = process
    const worker = new Worker({ id: process.id, process: child })
    this.worker = worker
    worker.on('message', (message, handle) => on.emit('message', worker, message, handle))
    child.once('exit', (code, signal) => {
      if (!worker.isConnected()) on.removed(worker)
      this.#ends('dead', 'exit', code, signal)
    })
    const disconnected = () => {
      child.off('disconnect', disconnected)
      process.off('exit', disconnected)
      if (worker.isDead()) on.removed(worker)
      this.#ends('disconnected', 'disconnect')
    }
    child.on('disconnect', disconnected)
    // Of a process that was sent a handle as it ended, Node does not say it; and our master sends some that Node's does not.
    if (child.pid !== undefined) process.on('exit', disconnected)
    process.once('online', () => this.#tells('online', 'online'))
    process.once('draining', () => this.expect())
  }

  /** As `worker.disconnect()`. */
  leave(): void {
    this.expect()
    this.#process.leave()
  }

  /** It goes on purpose. */
  expect(): void {
    this.worker.exitedAfterDisconnect = true
  }

  listening({ addressType, address, port, fd }: ListeningInfo): void {
    this.#tells('listening', 'listening', { addressType, address, port, fd })
  }

  #ends(state: string, event: string, ...payload: unknown[]): void {
    this.worker.exitedAfterDisconnect = Boolean(this.worker.exitedAfterDisconnect)
    this.#tells(state, event, ...payload)
  }

  #tells(state: string, event: string, ...payload: unknown[]): void {
    this.worker.state = state
    this.worker.emit(event, ...payload)
    this.#on.emit(event, this.worker, ...payload)
  }
}
