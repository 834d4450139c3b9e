import { until } from '../helpers/wait.js'

const FULL_STRENGTH_MS = 30_000

/** Who answers: by that alone a client knows at which strength a service is. */
export class Answers {
  readonly #since = new Map<number, number>()
  #except: readonly number[] = []
  /** All that have answered and are not known to be gone, the oldest first. */
  #known: number[] = []

  /** For each answer. */
  note(pid: number): void {
    if (this.#except.includes(pid) || this.#since.has(pid)) return
    this.#since.set(pid, performance.now())
  }

  /** The one that has been there for the longest. */
  oldest(): number {
    return this.#known[0]!
  }

  /**
   * Resolves when so many have answered from now on, those that are excepted not counted: with the moment, as
   * `performance.now()` has it; Infinity if that takes more than half a minute.
   */
  async of(wanted: number, except: readonly number[] = []): Promise<number> {
    this.#except = except
    this.#since.clear()
    const reached = () => this.#since.size >= wanted
    await until(reached, { what: 'enough answers', timeoutMs: FULL_STRENGTH_MS, intervalMs: 2 }).catch(
      () => {},
    )
    if (!reached()) return Number.POSITIVE_INFINITY
    const survivors = this.#known.filter((pid) => !except.includes(pid))
    const successors = [...this.#since.keys()].filter((pid) => !survivors.includes(pid))
    this.#known = [...survivors, ...successors]
    return [...this.#since.values()][wanted - 1]!
  }
}
