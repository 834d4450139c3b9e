import type { ManifoldError } from '@manifold/core'
import { log } from '@manifold/core/internal'
import type { Worker } from '@manifold/groups'
import type { PartHost } from '../part.js'
import { type Breach, excess } from './limits.js'

const debug = log('recycle')

/** How soon it is tried again where the group had something else to do. */
const RETRY_MS = 200
/** A slot that nobody fills keeps the others waiting for so long. */
const VACANT_MS = 60_000
/** After a successor that did not come up, and after a worker that was too large as young as that: longer each time. */
const YOUNG_MS = 60_000
const SHORTEST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 300_000
/** Nothing failed: the slot does not serve, or is gone, or everything stops. */
const NOT_OURS: ReadonlySet<string> = new Set([
  'ERR_MANIFOLD_STATE',
  'ERR_MANIFOLD_STOPPED',
  'ERR_MANIFOLD_OPTION',
])

interface Candidate {
  readonly breach: Breach
  /** How old the worker was when it became one. */
  readonly uptimeMs: number
}

/** The workers of one group that are to be recycled: one at a time, the worst first, when the group is quiet. */
export class Line {
  readonly #group: string
  readonly #host: PartHost
  readonly #isInCrashLoop: () => boolean
  readonly #waiting = new Map<Worker, Candidate>()
  /** Who is being replaced, until it is gone: two more processes than slots are too many where memory is short. */
  #going: { readonly worker: Worker; replaced: boolean; gone: boolean } | undefined
  #notBefore = 0
  #pauses = 0
  #vacatedAt = Number.NEGATIVE_INFINITY
  #stopped = false

  constructor(group: string, host: PartHost, isInCrashLoop: () => boolean) {
    this.#group = group
    this.#host = host
    this.#isInCrashLoop = isInCrashLoop
  }

  /** What is too much of a worker now, if anything is. Looked at again with every call. */
  consider(worker: Worker, breach: Breach | undefined): void {
    const { uptimeMs } = this.#waiting.get(worker) ?? worker
    if (breach) this.#waiting.set(worker, { breach, uptimeMs })
    else this.#waiting.delete(worker)
    this.#next()
  }

  /** Recycles a worker ahead of all that wait; false if the group has something else to do. */
  prefer(worker: Worker, breach: Breach): boolean {
    if (!this.#mayBegin() || !this.#serves(worker)) return false
    void this.#recycle(worker, { breach, uptimeMs: worker.uptimeMs })
    return true
  }

  /** It goes by itself. */
  forget(worker: Worker): void {
    this.#waiting.delete(worker)
  }

  gone(worker: Worker): void {
    this.forget(worker)
    if (this.#going?.worker !== worker) return
    this.#going.gone = true
    this.#settle()
  }

  vacated(): void {
    this.#vacatedAt = this.#host.clock.now()
  }

  stop(): void {
    this.#stopped = true
    this.#waiting.clear()
  }

  #next(): void {
    if (this.#waiting.size === 0 || !this.#mayBegin()) return
    const [worst] = [...this.#waiting].sort(([, one], [, other]) => excess(other.breach) - excess(one.breach))
    if (!worst) return
    const [worker, candidate] = worst
    if (this.#serves(worker)) void this.#recycle(worker, candidate)
    else this.#waiting.delete(worker)
  }

  #mayBegin(): boolean {
    const now = this.#host.clock.now()
    if (this.#stopped || this.#going || now < this.#notBefore) return false
    if (this.#isQuiet()) return true
    this.#notBefore = now + RETRY_MS
    return false
  }

  /** Whether no reload runs, and nobody is on the way, or will be soon. */
  #isQuiet(): boolean {
    const status = this.#status()
    if (!status || status.reloading || this.#isInCrashLoop()) return false
    const abandoned = this.#host.clock.now() - this.#vacatedAt >= VACANT_MS
    return status.slots.every(({ state }) => state === 'serving' || (state === 'vacant' && abandoned))
  }

  #serves({ id, slot }: Worker): boolean {
    const seat = this.#status()?.slots[slot]
    return seat?.state === 'serving' && seat.worker?.id === id
  }

  #status() {
    const { master } = this.#host
    try {
      return master.state === 'running' ? master.group(this.#group).status() : undefined
    } catch {
      return undefined // it was removed
    }
  }

  async #recycle(worker: Worker, candidate: Candidate): Promise<void> {
    const { master, clock, emit } = this.#host
    const going = { worker, replaced: false, gone: false }
    this.#going = going
    this.#waiting.delete(worker)
    debug('worker %d of %s: %o', worker.id, this.#group, candidate.breach)
    emit('recycle', { worker, ...candidate.breach })
    try {
      const successor = await master.group(this.#group).replace(worker.slot)
      if (this.#stopped) return
      emit('recycled', { old: worker, worker: successor })
      going.replaced = true
      this.#pauseAfter(candidate)
      this.#settle()
    } catch (thrown) {
      const error = thrown as ManifoldError
      this.#going = undefined
      this.#notBefore = clock.now() + RETRY_MS
      if (this.#stopped || master.state !== 'running' || NOT_OURS.has(error.code)) return
      this.#pause()
      emit('recycleFailed', { worker, error })
    }
  }

  /** Who needs that much memory by nature would be replaced over and over. */
  #pauseAfter({ uptimeMs, breach: { cause } }: Candidate): void {
    if (cause === 'age' || cause === 'requests' || uptimeMs >= YOUNG_MS) this.#pauses = 0
    else this.#pause()
  }

  #pause(): void {
    const { clock } = this.#host
    const fullMs = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(this.#pauses, 20))
    this.#pauses++
    this.#notBefore = clock.now() + fullMs * (1 - clock.random() / 2)
  }

  #settle(): void {
    if (!this.#going?.replaced || !this.#going.gone) return
    this.#going = undefined
    this.#next()
  }
}
