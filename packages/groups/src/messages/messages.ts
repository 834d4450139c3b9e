import { type Clock, ManifoldError, OptionError } from '@manifold/core'
import {
  type Inquiry,
  type Limits,
  MASTER,
  Pending,
  Roster,
  type WorkerHost,
  type WorkerProcess,
  type WorkerRequests,
} from '@manifold/core/internal'
import type { Worker } from '../workers/worker.js'
import { Introductions } from './introductions.js'

type Call = WorkerRequests['call'][0]

/** What a handler of the master's is told of a request, beside its payload and the worker that asks. */
export interface HandlerContext {
  /** Aborted when nobody waits for the answer any more: the worker gave up, or is gone. */
  readonly signal: AbortSignal
}

/** Answers a request of a worker. What it throws comes back there as an error. */
export type Handler = (payload: never, worker: Worker, context: HandlerContext) => unknown

/** How many workers were told. `skipped` are those that read too slowly for it. */
export interface BroadcastResult {
  readonly sent: number
  readonly skipped: number
}

/** Requests and broadcasts of one master: who is ready to answer, and the way there. */
export class Messages {
  readonly #groups: ReadonlyMap<string, { readonly after: readonly string[] }>
  readonly #clock: Clock
  readonly #handlers = new Map<string, Handler>()
  readonly #introductions: Introductions
  /** Who waits for a worker of a group to get ready. */
  readonly #pending: Pending
  readonly #waiting = new Map<string, Set<number>>()
  /** By group: those that are ready, and those that want to know. */
  readonly #rosters = new Map<string, Roster<WorkerProcess>>()
  readonly #watchers = new Map<string, Set<WorkerProcess>>()
  /** All that are ready, by id. */
  readonly #ready = new Map<number, WorkerProcess>()

  constructor(groups: ReadonlyMap<string, { readonly after: readonly string[] }>, clock: Clock) {
    this.#groups = groups
    this.#clock = clock
    this.#introductions = new Introductions(clock)
    this.#pending = new Pending(clock)
  }

  handle(name: string, handler: Handler): void {
    this.#handlers.set(name, handler)
  }

  /** Follows a worker from its start to its end. */
  watch(worker: WorkerProcess): void {
    worker.once('ready', () => this.#joined(worker))
    worker.once('draining', () => this.#left(worker))
    worker.once('disconnect', () => {
      this.#left(worker)
      for (const watchers of this.#watchers.values()) watchers.delete(worker)
    })
  }

  /** What workers ask. */
  get host(): Pick<WorkerHost, 'call' | 'members' | 'link'> {
    return {
      call: (worker, question, inquiry) => this.#answer(worker, question, inquiry),
      members: (worker, group) => this.#tell(worker, group),
      link: (worker, id) => {
        const other = this.#ready.get(id)
        return other !== undefined && other !== worker && this.#introductions.introduce(worker, other)
      },
    }
  }

  /** Asks one worker of the group. */
  async call(group: string, name: string, payload: unknown, limits: Limits, from = MASTER): Promise<unknown> {
    const deadline = this.#clock.now() + limits.timeoutMs
    const left = () => ({ timeoutMs: Math.max(0, deadline - this.#clock.now()), signal: limits.signal })
    const useless = new Set<number>()
    for (;;) {
      const worker = this.#roster(group).pick(limits, useless)
      if (!worker) {
        if (!limits.retry) throw nobody(group, limits)
        await this.#untilJoined(group, left())
        continue
      }
      try {
        if (worker.connected) return await worker.call(name, payload, left(), from)
      } catch (error) {
        if (!limits.retry || !isGone(error)) throw error
      }
      useless.add(worker.id)
    }
  }

  /** Tells all of them that have come to run their program, and reports how many that were. */
  broadcast(workers: readonly WorkerProcess[], name: string, payload: unknown): BroadcastResult {
    let sent = 0
    const online = workers.filter(({ state, connected }) => connected && state !== 'starting')
    for (const worker of online) {
      try {
        worker.broadcast(name, payload)
        sent++
      } catch (error) {
        // Anything else is the payload's fault.
        if (!(error instanceof ManifoldError)) throw error
      }
    }
    return { sent, skipped: online.length - sent }
  }

  /**
   * Stops a group once the workers of other groups that call it are gone: as everything stops, they may need it to
   * finish. Groups that call each other do not wait, nor does one for another that it comes after.
   */
  async afterCallers(group: string, stop: () => Promise<void>): Promise<void> {
    const callers = [...(this.#watchers.get(group) ?? [])]
    const others = callers.filter((worker) => worker.group !== group && !this.#needs(group, worker.group))
    if (others.length > 0) await Promise.all(others.map(({ closed }) => closed))
    await stop()
  }

  /** Nobody of this group will get ready any more: who waits for that is told why. */
  ended(group: string, error: ManifoldError): void {
    for (const waiting of this.#waiting.get(group) ?? []) this.#pending.reject(waiting, error)
  }

  /** Resolves when nothing is left that was made on the way. */
  async close(): Promise<void> {
    this.#pending.settleAll(new ManifoldError('ERR_MANIFOLD_STOPPED', 'the master has stopped'))
    await this.#introductions.settled()
  }

  async #answer(worker: WorkerProcess, question: Call, inquiry: Inquiry): Promise<unknown> {
    const { target, name, payload, ...limits } = question
    if (target !== 'master') {
      this.#assertGroup(target)
      const { group, slot, id } = worker
      return this.call(target, name, payload, { ...limits, signal: inquiry.signal }, { group, slot, id })
    }
    const handler = this.#handlers.get(name)
    if (handler) {
      const context = {
        get signal() {
          return inquiry.signal
        },
      }
      return handler(payload as never, worker, context)
    }
    throw new ManifoldError(
      'ERR_MANIFOLD_NO_HANDLER',
      `the master has no handler for requests named '${name}'`,
    )
  }

  #tell(worker: WorkerProcess, group: string): void {
    this.#assertGroup(group)
    const watchers = this.#watchers.get(group) ?? new Set()
    this.#watchers.set(group, watchers.add(worker))
    for (const { id, slot } of this.#roster(group).members) worker.tell({ t: 'joined', group, id, slot })
  }

  #joined(worker: WorkerProcess): void {
    const { group, id, slot } = worker
    this.#roster(group).add(worker)
    this.#ready.set(id, worker)
    for (const watcher of this.#watchers.get(group) ?? []) watcher.tell({ t: 'joined', group, id, slot })
    for (const waiting of this.#waiting.get(group) ?? []) this.#pending.resolve(waiting, undefined)
  }

  #left({ group, id }: WorkerProcess): void {
    if (!this.#ready.delete(id)) return
    this.#roster(group).remove(id)
    for (const watcher of this.#watchers.get(group) ?? []) watcher.tell({ t: 'left', group, id })
  }

  /** Whether a group comes after the other, or its workers call it, or either is so of a group that does. */
  #needs(group: string, other: string, passed = new Set<string>()): boolean {
    if (passed.has(group)) return false
    passed.add(group)
    const isCalled = ([, watchers]: [string, Set<WorkerProcess>]) =>
      [...watchers].some((worker) => worker.group === group)
    const called = [...this.#watchers].filter(isCalled).map(([name]) => name)
    const needed = [...called, ...(this.#groups.get(group)?.after ?? [])]
    return needed.some((name) => name === other || this.#needs(name, other, passed))
  }

  #roster(group: string): Roster<WorkerProcess> {
    const roster = this.#rosters.get(group) ?? new Roster()
    this.#rosters.set(group, roster)
    return roster
  }

  async #untilJoined(group: string, limits: { timeoutMs: number; signal: AbortSignal | undefined }) {
    const waiting = this.#waiting.get(group) ?? new Set()
    this.#waiting.set(group, waiting)
    let mine = 0
    const wait = this.#pending.wait(`a worker of group '${group}' that is ready`, limits, (id) => {
      mine = id
      waiting.add(id)
    })
    await wait.finally(() => waiting.delete(mine))
  }

  #assertGroup(name: string): void {
    if (this.#groups.has(name)) return
    throw new OptionError('target', `'master', or one of: ${[...this.#groups.keys()].join(', ')}`, name)
  }
}

function nobody(group: string, { slot }: Limits): ManifoldError {
  const where = slot === undefined ? '' : ` in slot ${slot}`
  return new ManifoldError('ERR_MANIFOLD_NO_WORKER', `group '${group}' has no worker${where} that is ready`)
}

function isGone(error: unknown): boolean {
  return error instanceof ManifoldError && error.code === 'ERR_MANIFOLD_CHANNEL_CLOSED'
}
