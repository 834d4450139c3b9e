import { OptionError } from '@manifold/core'

/** What is known of a group here: which others it needs. */
export interface Dependant {
  readonly name: string
  readonly after: readonly string[]
}

type Groups = ReadonlyMap<string, Dependant>

/**
 * Throws an `OptionError` if a group comes after one that does not exist, or after itself. Those in `settled` may have
 * lost some that they came after.
 */
export function assertOrder(added: readonly Dependant[], settled: Iterable<Dependant> = []): void {
  const all: Groups = new Map([...settled, ...added].map((group) => [group.name, group]))
  for (const group of added) {
    for (const [index, needed] of group.after.entries()) {
      if (needed !== group.name && all.has(needed)) continue
      const others = [...all.keys()].filter((name) => name !== group.name)
      const expected = `the name of another group: ${others.join(', ') || '(there is none)'}`
      throw new OptionError(`groups.${group.name}.after[${index}]`, expected, needed)
    }
  }
  for (const group of added) {
    const circle = circleFrom(group, all)
    if (!circle) continue
    throw new OptionError(
      `groups.${group.name}.after`,
      `without a circle: ${circle.join(' → ')}`,
      group.after,
    )
  }
}

/** The way from a group back to itself, along those that each comes after. */
function circleFrom(start: Dependant, all: Groups): string[] | undefined {
  const passed = new Set<string>()
  const walk = (group: Dependant, way: string[]): string[] | undefined => {
    for (const needed of group.after) {
      if (needed === start.name) return [...way, needed]
      const next = all.get(needed)
      if (!next || passed.has(needed)) continue
      passed.add(needed)
      const circle = walk(next, [...way, needed])
      if (circle) return circle
    }
    return undefined
  }
  return walk(start, [start.name])
}

interface Turn {
  readonly ready: Promise<void>
  readonly settle: (result: Promise<void> | undefined) => void
}

/** Starts each group once those are ready that it comes after. */
export class StartOrder {
  readonly #groups: Groups
  readonly #turns = new Map<string, Turn>()

  constructor(groups: Groups) {
    this.#groups = groups
  }

  /** If one of those does not get ready, this one is not started, and rejects as that one did. */
  start({ name, after }: Dependant, work: () => Promise<void>): Promise<void> {
    // One that was removed is needed no more.
    const needed = after.filter((other) => this.#groups.has(other))
    const done = Promise.all(needed.map((other) => this.#turn(other).ready)).then(work)
    this.#turn(name).settle(done)
    return done
  }

  /** Nobody waits for that group any longer. */
  release(name: string): void {
    this.#turns.get(name)?.settle(undefined)
    this.#turns.delete(name)
  }

  /** Nobody waits at all. */
  releaseAll(): void {
    for (const name of [...this.#turns.keys()]) this.release(name)
  }

  #turn(name: string): Turn {
    let turn = this.#turns.get(name)
    if (!turn) {
      let settle: Turn['settle'] = () => {}
      const ready = new Promise<void>((resolve) => {
        settle = resolve
      })
      // Whether somebody waits for it or not.
      ready.catch(() => {})
      turn = { ready, settle }
      this.#turns.set(name, turn)
    }
    return turn
  }
}

/** What comes together on the longest way along which groups stop one after the other. */
export function longestChain<Group extends Dependant>(
  groups: readonly Group[],
  weight: (group: Group) => number,
): number {
  const known = new Map<Group, number>()
  const from = (group: Group): number => {
    let sum = known.get(group)
    if (sum === undefined) {
      const needed = groups.filter(({ name }) => group.after.includes(name))
      sum = weight(group) + Math.max(0, ...needed.map(from))
      known.set(group, sum)
    }
    return sum
  }
  return Math.max(0, ...groups.map(from))
}

/** Stops each group once those have stopped that come after it. Resolves when all have. */
export async function stopInOrder<Group extends Dependant>(
  groups: readonly Group[],
  stop: (group: Group) => Promise<void>,
): Promise<void> {
  const stops = new Map<Group, Promise<void>>()
  const stopOf = (group: Group): Promise<void> => {
    let stopped = stops.get(group)
    if (!stopped) {
      const dependants = groups.filter(({ after }) => after.includes(group.name))
      stopped = Promise.all(dependants.map(stopOf)).then(() => stop(group))
      stops.set(group, stopped)
    }
    return stopped
  }
  await Promise.all(groups.map(stopOf))
}
