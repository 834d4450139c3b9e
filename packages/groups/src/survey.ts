import type { Clock } from '@manifold/core'
import type { ManagedGroup } from './group.js'
import type { Guard } from './guard.js'
import { readMemory } from './memory.js'
import { type Queues, readQueues } from './sockets/socket-status.js'
import type { MasterState, MasterStatus } from './status.js'

/** Makes pictures of a master, from when it was made on. */
export class Survey {
  readonly #groups: ReadonlyMap<string, ManagedGroup>
  readonly #guard: Guard
  readonly #clock: Clock
  readonly #bornAt: number
  #reading: Promise<Queues> | undefined

  constructor(groups: ReadonlyMap<string, ManagedGroup>, guard: Guard, clock: Clock) {
    this.#groups = groups
    this.#guard = guard
    this.#clock = clock
    this.#bornAt = clock.now()
  }

  /** @param queues what waits in the kernel, where that is known. */
  status(state: MasterState, queues?: Queues): MasterStatus {
    const groups = [...this.#groups].map(([name, group]) => [name, group.status(queues)])
    return {
      state,
      pid: process.pid,
      uptimeMs: Math.round(this.#clock.now() - this.#bornAt),
      memory: readMemory(),
      guardian: this.#guard.status,
      groups: Object.fromEntries(groups),
    }
  }

  /** What waits in the kernel. Who asks meanwhile gets the same. */
  queues(): Promise<Queues> {
    this.#reading ??= readQueues([...this.#groups.values()].flatMap(({ sockets }) => sockets)).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }
}
