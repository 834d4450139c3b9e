import type { Clock } from '../../clock.js'
import { ManifoldError } from '../../errors.js'
import type { Limits, Via } from '../../ipc/limits.js'
import { Pending } from '../../ipc/pending.js'
import type { MasterMessage } from '../../ipc/protocol.js'
import { type Member, Roster } from '../../roster.js'
import type { WorkerChannel } from '../runtime.js'
import type { Links } from './links.js'

/** How long a master may take to confirm that it asks nothing new. */
const FAREWELL_MS = 1_000

interface Known {
  readonly roster: Roster<Member>
  /** Resolves when the master has named all that are ready. */
  readonly loading: Promise<unknown>
  loaded: boolean
}

/** What this worker asks of others: it chooses who is to answer, and asks that worker directly where that is possible. */
export class Calls {
  readonly #master: WorkerChannel
  readonly #links: Links
  readonly #clock: Clock
  readonly #pending: Pending
  /** The groups that were asked something; the master tells how they change. */
  readonly #groups = new Map<string, Known>()

  constructor(master: WorkerChannel, links: Links, clock: Clock) {
    this.#master = master
    this.#links = links
    this.#clock = clock
    this.#pending = new Pending(clock)
  }

  async call(target: string, name: string, payload: unknown, limits: Limits, via: Via): Promise<unknown> {
    const deadline = this.#clock.now() + limits.timeoutMs
    const left = () => ({ ...limits, timeoutMs: Math.max(0, deadline - this.#clock.now()) })
    const throughMaster = () => this.#askMaster(target, name, payload, left())
    if (target === 'master' || via === 'master') return throughMaster()
    const known = this.#groups.get(target) ?? this.#ask(target)
    if (!known.loaded) await this.#wait(`the workers of group '${target}'`, left(), known.loading)
    const useless = new Set<number>()
    for (;;) {
      const member = known.roster.pick(limits, useless)
      // Then the master knows more, or says what the matter is; and if it is gone, that it is.
      if (!member) return throughMaster()
      const { id } = member
      const what = `the link to worker ${id} of group '${target}'`
      const link = this.#links.get(id) ?? (await this.#wait(what, left(), this.#links.to(id)))
      if (!link && this.#master.open) return throughMaster()
      if (link?.usable) {
        try {
          return await link.channel.request('call', { name, payload }, left())
        } catch (error) {
          if (!limits.retry || !isGone(error)) throw error
        }
      }
      // Its link may be new, and it has said goodbye in the same breath.
      useless.add(id)
    }
  }

  joined({ group, id, slot }: Extract<MasterMessage, { t: 'joined' }>): void {
    this.#groups.get(group)?.roster.add({ id, slot })
  }

  left({ group, id }: { readonly group: string; readonly id: number }): void {
    this.#groups.get(group)?.roster.remove(id)
    this.#links.forget(id)
  }

  /** Resolves once nobody asks this worker anything new, and all that was asked is answered. */
  async finish(): Promise<void> {
    const limits = { timeoutMs: FAREWELL_MS, always: true }
    // A master that is gone introduces nobody, nor does one that does not answer.
    await this.#links.leave(this.#master.request('farewell', null, limits).catch(() => {}))
    await this.#master.idle()
  }

  #askMaster(target: string, name: string, payload: unknown, limits: Limits): Promise<unknown> {
    const { timeoutMs, signal, slot, key, retry } = limits
    const question = { target, name, payload, timeoutMs, slot, key, retry }
    return this.#master.request('call', question, { timeoutMs, signal })
  }

  #ask(group: string): Known {
    const loading = this.#master.request('members', { group })
    const known: Known = { roster: new Roster(), loading, loaded: false }
    this.#groups.set(group, known)
    loading.then(
      () => {
        known.loaded = true
      },
      () => this.#groups.delete(group),
    )
    return known
  }

  /** Waits for what others may wait for as well. */
  #wait<T>(what: string, { timeoutMs, signal }: Limits, promise: Promise<T>): Promise<T> {
    return this.#pending.wait(what, { timeoutMs, signal }, (id) =>
      promise.then(
        (value) => this.#pending.resolve(id, value),
        (error) => this.#pending.reject(id, error),
      ),
    ) as Promise<T>
  }
}

function isGone(error: unknown): boolean {
  return error instanceof ManifoldError && error.code === 'ERR_MANIFOLD_CHANNEL_CLOSED'
}
