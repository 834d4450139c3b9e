import type { ExitReason } from '@manifold/core'
import type { Vacancy, Worker } from '@manifold/groups'
import { listen, type Part, type PartHost } from '../part.js'
import { GroupRestarts } from './group-restarts.js'
import { isRestarted, isRestartedAnyway } from './verdict.js'

/** A vacant slot, and for how long its last worker was ready; undefined if it never was. */
interface Death extends Vacancy {
  readonly servedMs: number | undefined
}

/**
 * Decides which slots that lose their worker are filled. Those that are vacated while the master starts or stops are not
 * its business.
 */
export class Restarts implements Part {
  readonly #host: PartHost
  /** Told of every death that is made good. */
  readonly #onDeath: (worker: Worker) => void
  readonly #groups = new Map<string, GroupRestarts>()
  /** Those of which it is known only once they are gone. */
  readonly #undecided = new Map<Worker, Death>()
  readonly #readySince = new WeakMap<Worker, number>()
  readonly #ends = new WeakMap<Worker, ExitReason>()
  readonly #faulty = new WeakSet<Worker>()
  readonly #vacated = new WeakSet<Worker>()
  readonly #unsubscribe: () => void

  constructor(host: PartHost, onDeath: (worker: Worker) => void = () => {}) {
    this.#host = host
    this.#onDeath = onDeath
    this.#unsubscribe = listen(host.master, {
      ready: (worker) => {
        this.#readySince.set(worker, host.clock.now())
        this.#groups.get(worker.group)?.ready()
      },
      uncaught: (worker) => this.blame(worker),
      vacant: (vacancy) => this.#vacant(vacancy),
      exit: (worker, reason) => this.#exited(worker, reason),
      fork: (worker) => this.#taken(worker),
      promoted: (worker) => this.#taken(worker),
      scale: ({ group, from, to }) => {
        const restarts = this.#groups.get(group)
        for (let slot = to; slot < from; slot++) restarts?.forget(slot)
        if (to > from && restarts?.inCrashLoop) restarts.resume()
      },
      reload: ({ group }) => {
        // All of them are new, and came up.
        this.#groups.get(group)?.resume()
      },
      groupRemoved: (group) => {
        this.#groups.get(group)?.stop()
        this.#groups.delete(group)
      },
    })
  }

  /** However this worker ends, it has failed. */
  blame(worker: Worker): void {
    this.#faulty.add(worker)
    const death = this.#undecided.get(worker)
    if (!death || !isRestartedAnyway(this.#host.rulesOf(worker.group).restart, true)) return
    this.#undecided.delete(worker)
    this.#restart(death)
  }

  /** Fills the slots of a group at once that wait, or were given up. */
  resume(group: string): void {
    this.#groups.get(group)?.resume()
  }

  isInCrashLoop(group: string): boolean {
    return this.#groups.get(group)?.inCrashLoop ?? false
  }

  stop(): void {
    this.#unsubscribe()
    for (const { group, slot } of this.#undecided.values()) this.#of(group).leave(slot)
    this.#undecided.clear()
    for (const group of this.#groups.values()) group.stop()
  }

  #vacant(vacancy: Vacancy): void {
    if (this.#host.master.state !== 'running') return
    const { group, worker } = vacancy
    this.#vacated.add(worker)
    const death = { ...vacancy, servedMs: this.#servedMs(worker) }
    const reason = this.#ends.get(worker)
    if (isRestartedAnyway(this.#host.rulesOf(group).restart, this.#faulty.has(worker))) this.#restart(death)
    else if (reason) this.#decide(death, reason)
    else if (worker.state !== 'exited') this.#undecided.set(worker, death)
    // It was gone before anybody listened.
    else this.#restart(death)
  }

  #exited(worker: Worker, reason: ExitReason): void {
    this.#ends.set(worker, reason)
    const death = this.#undecided.get(worker)
    this.#undecided.delete(worker)
    if (this.#host.master.state !== 'running') return
    if (death) this.#decide(death, reason)
    else if (!reason.asked && worker.wasReady && !this.#vacated.has(worker)) this.#succeeded(worker, reason)
  }

  #decide(death: Death, reason: ExitReason): void {
    const { group, slot, worker } = death
    if (this.#isRestarted(worker, reason)) this.#restart(death)
    else {
      this.#of(group).leave(slot)
      this.#host.emit('leftVacant', { group, slot, worker, reason })
    }
  }

  /** It is dead, but a successor was on its way, or stood by: its death counts all the same. */
  #succeeded(worker: Worker, reason: ExitReason): void {
    if (!this.#isRestarted(worker, reason)) return
    this.#of(worker.group).died('run')
    this.#onDeath(worker)
  }

  #restart({ group, slot, worker, servedMs }: Death): void {
    this.#of(group).restart(slot, servedMs)
    if (servedMs !== undefined) this.#onDeath(worker)
  }

  #of(group: string): GroupRestarts {
    const restarts = this.#groups.get(group) ?? new GroupRestarts(group, this.#host)
    this.#groups.set(group, restarts)
    return restarts
  }

  #isRestarted(worker: Worker, reason: ExitReason): boolean {
    const { restart } = this.#host.rulesOf(worker.group)
    return isRestarted(restart, reason, worker, this.#faulty.has(worker))
  }

  /** Somebody else fills the slot, or we do. */
  #taken({ group, slot }: Worker): void {
    this.#groups.get(group)?.taken(slot)
    for (const [worker, death] of this.#undecided) {
      if (death.group === group && death.slot === slot) this.#undecided.delete(worker)
    }
  }

  #servedMs(worker: Worker): number | undefined {
    if (!worker.wasReady) return undefined
    const since = this.#readySince.get(worker)
    return since === undefined ? worker.uptimeMs : this.#host.clock.now() - since
  }
}
