import type { ManifoldError } from '@manifold/core'
import { log } from '@manifold/core/internal'
import type { Group, Worker } from '@manifold/groups'
import { listen, type Part, type PartHost } from '../part.js'

const debug = log('dependants')

/** The deaths in one group that those which come after it have not been reloaded for. */
interface Burst {
  /** The slots whose workers have not been succeeded. */
  readonly slots: Set<number>
  isReloading: boolean
  isOver: boolean
}

/**
 * Reloads the groups that come after one whose workers have died, once these are succeeded: what they hold of them is
 * worth nothing any more. Several deaths at a time are one reason.
 */
export class Dependants implements Part {
  readonly #host: PartHost
  readonly #bursts = new Map<string, Burst>()
  readonly #unsubscribe: () => void
  #stopped = false

  constructor(host: PartHost) {
    this.#host = host
    this.#unsubscribe = listen(host.master, {
      ready: ({ group, slot }) => this.#served(group, [slot]),
      scale: ({ group, from, to }) => {
        this.#served(
          group,
          Array.from({ length: Math.max(0, from - to) }, (_, index) => to + index),
        )
      },
      groupRemoved: (group) => this.#bursts.delete(group),
    })
  }

  /** A worker died that had served, and that is restarted. */
  died(worker: Worker): void {
    const { group, slot } = worker
    if (!this.#host.rulesOf(group).restart.dependants) return
    const burst = this.#bursts.get(group) ?? { slots: new Set(), isReloading: false, isOver: false }
    this.#bursts.set(group, burst)
    burst.slots.add(slot)
    // Its successor may have been ready before it was gone.
    const { workers } = this.#host.master.group(group)
    // The one that died may not have ended yet.
    if (workers.some((other) => other.id !== worker.id && other.slot === slot && other.state === 'ready'))
      this.#served(group, [slot])
  }

  stop(): void {
    this.#stopped = true
    this.#unsubscribe()
    this.#bursts.clear()
  }

  #served(group: string, slots: readonly number[]): void {
    const burst = this.#bursts.get(group)
    if (!burst || burst.slots.size === 0) return
    for (const slot of slots) burst.slots.delete(slot)
    if (burst.slots.size > 0) return
    burst.isOver = true
    if (!burst.isReloading) void this.#reloadAll(group, burst)
  }

  async #reloadAll(group: string, burst: Burst): Promise<void> {
    burst.isReloading = true
    // Another burst may be over meanwhile.
    while (burst.isOver && !this.#stopped) {
      burst.isOver = false
      const reloaded: string[] = []
      for (const dependant of inOrderAfter(group, this.#host.master.groups)) {
        if (this.#stopped || this.#host.master.state !== 'running') return
        if (await isReloaded(dependant)) reloaded.push(dependant.name)
      }
      if (!this.#stopped && reloaded.length > 0) this.#host.emit('dependants', { group, reloaded })
    }
    burst.isReloading = false
  }
}

/** If not, the event `reloadAborted` tells why. */
async function isReloaded(group: Group): Promise<boolean> {
  try {
    await group.reload()
    return true
  } catch (error) {
    debug('%s is not reloaded: %s', group.name, (error as ManifoldError).message)
    return false
  }
}

/** The groups that come after one, or after one that does, each behind those of them that it comes after itself. */
export function inOrderAfter(name: string, groups: readonly Group[]): Group[] {
  const sorted: Group[] = []
  const passed = new Set<Group>()
  const visit = (needed: string) => {
    for (const group of groups) {
      if (passed.has(group) || !group.after.includes(needed)) continue
      passed.add(group)
      visit(group.name)
      // Whoever comes after it is in already.
      sorted.unshift(group)
    }
  }
  visit(name)
  return sorted
}
