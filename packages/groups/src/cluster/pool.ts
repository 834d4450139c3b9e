import type { EventEmitter } from 'node:events'
import type { ListeningInfo, WorkerProcess } from '@manifold/core/internal'
import type { OpenMaster } from '../master.js'
import type { ForkHost } from './forks.js'
import { type ClusterWorker, Represented, type WorkerClass } from './node-worker.js'
import { poolConfig } from './pool-config.js'
import { parseScheduling, type SchedulingPolicy } from './scheduling.js'
import { forkSettings, mergeSettings, type Settings } from './settings.js'

/** What programs see of a pool, and may change: `cluster` itself, for the first. */
export interface PoolFace extends EventEmitter {
  settings: Settings
  workers: Record<number, ClusterWorker>
  schedulingPolicy: SchedulingPolicy
}

/** What Node's primary does for its one pool of workers. */
export class Pool implements ForkHost {
  readonly name: string
  readonly #face: PoolFace
  readonly #Worker: WorkerClass
  readonly #open: () => OpenMaster
  readonly #represented = new Map<number, Represented>()
  #group: ReturnType<OpenMaster['addPool']> | undefined
  #whenEmpty: (() => void)[] = []

  constructor(name: string, face: PoolFace, Worker: WorkerClass, open: () => OpenMaster) {
    this.name = name
    this.#face = face
    this.#Worker = Worker
    this.#open = open
  }

  /**
   * Sets how workers are forked from now on. The first time, the policy is fixed.
   *
   * @throws {OptionError} if the policy is wrong.
   */
  setup(options?: Settings): void {
    const face = this.#face
    const settings = mergeSettings(face.settings, options)
    face.settings = settings
    this.#group ??= this.#begin()
    process.nextTick(() => face.emit('setup', settings))
  }

  fork(env?: object): ClusterWorker {
    this.setup()
    const { id } = this.#group!.fork(forkSettings(this.#face, env))
    return this.#represented.get(id)!.worker
  }

  /** Has all workers go. `done`: as in Node, it runs when the first of them is gone; they are all on their way then. */
  disconnect(done?: unknown): void {
    const workers = Object.values(this.#face.workers)
    if (workers.length === 0) process.nextTick(() => this.#empty())
    for (const worker of workers) if (worker.isConnected()) worker.disconnect()
    if (typeof done === 'function') this.#whenEmpty.push(done as () => void)
  }

  /** As `worker.disconnect()`. False if it is none of this pool's. */
  leave(worker: ClusterWorker): boolean {
    const represented = this.#represented.get(worker.id)
    if (represented?.worker !== worker) return false
    represented.leave()
    this.#remove(worker)
    return true
  }

  // What the group asks and tells.

  settings() {
    return forkSettings({ settings: mergeSettings(this.#face.settings, undefined) })
  }

  /** Whoever listens to vacancies is expected to fill them. */
  isSupervised(): boolean {
    return this.#open().master.listenerCount('vacant') > 0
  }

  forked(process_: WorkerProcess, byProgram: boolean): void {
    const face = this.#face
    const represented = new Represented(process_, this.#Worker, {
      emit: (event, worker, ...payload) => void face.emit(event, worker, ...payload),
      removed: (worker) => this.#remove(worker),
    })
    const { worker } = represented
    // If it cannot be started, whoever has it started is told. The program did not know of it in time to listen.
    if (!byProgram) worker.on('error', () => {})
    this.#represented.set(worker.id, represented)
    process_.once('exit', () => {
      this.#represented.delete(worker.id)
      // One that could not be started may have said nothing else.
      if (face.workers[worker.id] === worker) this.#remove(worker)
    })
    process.nextTick(() => face.emit('fork', worker))
    face.workers[worker.id] = worker
  }

  listening({ id }: WorkerProcess, where: ListeningInfo): void {
    this.#represented.get(id)?.listening(where)
  }

  #begin() {
    const policy = parseScheduling('schedulingPolicy', this.#face.schedulingPolicy)
    return this.#open().addPool(poolConfig(this.name, policy), this)
  }

  #remove(worker: ClusterWorker): void {
    delete this.#face.workers[worker.id]
    if (Object.keys(this.#face.workers).length === 0) this.#empty()
  }

  #empty(): void {
    const waiting = this.#whenEmpty
    this.#whenEmpty = []
    for (const done of waiting) done()
  }
}
