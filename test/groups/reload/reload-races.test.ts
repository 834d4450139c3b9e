import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PaperGroup, turns } from './paper-group.js'

/** A sequence of numbers from 0 up to 1 that is the same for the same seed. */
function chances(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff
    return state / 0x7fff_ffff
  }
}

/** A group to which everything happens at once, as chance will have it. */
class Turmoil {
  readonly group: PaperGroup
  readonly #chance: () => number
  readonly #pending = new Set<Promise<void>>()
  readonly #unexpected: string[] = []
  #releases = 0

  constructor(group: PaperGroup, chance: () => number) {
    this.group = group
    this.#chance = chance
  }

  readonly #deeds: readonly (() => void)[] = [
    () => this.#track(this.group.releases.reload({})),
    () => this.#track(this.group.releases.reload(this.#newRelease())),
    () => this.#scale(Math.floor(this.#chance() * 5)),
    () => this.#pick(this.#alive())?.exit(),
    () => void this.#pick(this.#alive())?.drain('signal'),
    () => {
      for (const slot of this.group.slots.list) {
        if (slot.state === 'vacant') this.#track(slot.fill(this.group.releases.own))
      }
    },
    () => {
      const slot = this.#pick(this.group.slots.list)
      if (slot?.state === 'serving') this.#track(this.group.releases.renew(slot))
    },
    () => this.group.clock.advance(100),
  ]

  async step(): Promise<void> {
    if (this.#chance() < 0.5) this.#pick(this.#deeds)?.()
    else this.#pick(this.#alive().filter(({ state }) => state === 'online'))?.ready()
    if (this.#chance() < 0.6) await turns()
  }

  /** Lets everybody come up, until all that was begun is settled. */
  async settle(): Promise<void> {
    for (let round = 0; round < 60 && this.#pending.size > 0; round++) {
      for (const worker of this.#alive()) if (worker.state === 'online') worker.ready()
      await turns()
      this.group.clock.advance(2_000)
      await turns()
    }
    assert.deepEqual([this.#pending.size, this.#unexpected, this.group.clock.pending], [0, [], 0])
  }

  #track(work: Promise<unknown>): void {
    const settled: Promise<void> = work.then(
      () => {},
      (error: { code?: string; message: string }) => {
        const expected = error.code?.startsWith('ERR_MANIFOLD_') && !error.message.includes('cannot go from')
        if (!expected) this.#unexpected.push(error.message)
      },
    )
    this.#pending.add(settled)
    void settled.then(() => this.#pending.delete(settled))
  }

  #scale(count: number): void {
    const { slots, releases } = this.group
    for (const slot of slots.grow(count)) this.#track(releases.fillNew(slot))
    this.#track(slots.shrink(count))
  }

  #newRelease() {
    return {
      exec: `release ${++this.#releases} `,
      batch: 1 + Math.floor(this.#chance() * 3),
      surge: this.#chance() < 0.6,
      canaryMs: this.#chance() < 0.5 ? 100 : 0,
    }
  }

  #alive() {
    return this.group.workers.filter(({ state }) => state !== 'exited')
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#chance() * items.length)]
  }
}

test('whatever happens during reloads, each ends, and all workers run one release', async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const chance = chances(seed * 7_919)
    const turmoil = new Turmoil(await PaperGroup.serving(1 + Math.floor(chance() * 4)), chance)
    for (let step = 0; step < 25; step++) await turmoil.step()
    await turmoil.settle()
    const { slots, releases, seen } = turmoil.group
    // Where the former release does not come up again, the event says so.
    if (seen.some((event) => event.startsWith('failed'))) continue
    const running = slots.list.flatMap((slot) => slot.releaseOf(slot.occupant)?.exec ?? [])
    assert.deepEqual(
      running,
      running.map(() => releases.own.exec),
      `seed ${seed}: ${turmoil.group.picture}`,
    )
  }
})
