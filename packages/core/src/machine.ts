import { ManifoldError } from './errors.js'

/** For every state, the states that may follow it. */
export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>

/**
 * One state out of a union, and the only way to change it. An illegal transition throws: it is a mistake of ours,
 * and going on would hide it.
 */
export class Machine<State extends string> {
  readonly #what: string
  readonly #transitions: Transitions<State>
  #state: State

  constructor(what: string, transitions: Transitions<State>, initial: State) {
    this.#what = what
    this.#transitions = transitions
    this.#state = initial
  }

  get state(): State {
    return this.#state
  }

  can(next: State): boolean {
    return this.#transitions[this.#state].includes(next)
  }

  to(next: State): void {
    if (!this.can(next)) {
      throw new ManifoldError(
        'ERR_MANIFOLD_STATE',
        `${this.#what} cannot go from '${this.#state}' to '${next}'`,
      )
    }
    this.#state = next
  }
}
