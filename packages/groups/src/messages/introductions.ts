import type { Socket } from 'node:net'
import type { Clock } from '@manifold/core'
import { handleOf, log, type WorkerProcess } from '@manifold/core/internal'
import { socketPair } from './socket-pair.js'

const debug = log('link')

/** Makes two workers known to each other: each gets one end of a connection, over which the master hears nothing. */
export class Introductions {
  readonly #clock: Clock
  /** Those under way, by pair: two workers may ask for each other at the same time. */
  readonly #underWay = new Map<string, Promise<boolean>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether both have got their end. Never rejects. */
  introduce(one: WorkerProcess, other: WorkerProcess): Promise<boolean> {
    const key = [one.id, other.id].sort((a, b) => a - b).join('-')
    let introduction = this.#underWay.get(key)
    if (!introduction) {
      introduction = this.#introduce(one, other).catch((error) => {
        debug('workers %s are not linked: %o', key, error)
        return false
      })
      this.#underWay.set(key, introduction)
      void introduction.then(() => this.#underWay.delete(key))
    }
    return introduction
  }

  /** Resolves when none is under way, and nothing is left of any. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay.values())
  }

  async #introduce(one: WorkerProcess, other: WorkerProcess): Promise<boolean> {
    const [near, far] = await socketPair(this.#clock)
    try {
      // Meanwhile one of them may have died. Who finishes may ask others still, but is asked nothing new.
      if (!one.connected || other.state !== 'ready') return false
      const serialization =
        one.serialization === 'advanced' && other.serialization === 'advanced' ? 'advanced' : 'json'
      const arrivals = await Promise.all([
        give(one, other, serialization, near),
        give(other, one, serialization, far),
      ])
      return arrivals.every(Boolean)
    } finally {
      // An end that did not arrive is closed by this, and whoever got the other one sees it.
      near.destroy()
      far.destroy()
    }
  }
}

function give(
  worker: WorkerProcess,
  { group, slot, id }: WorkerProcess,
  serialization: 'json' | 'advanced',
  end: Socket,
): Promise<boolean> {
  return new Promise((resolve) => {
    worker.introduce({ group, slot, id }, serialization, handleOf(end), resolve)
  })
}
