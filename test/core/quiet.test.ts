import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Timer } from '@manifold/core'
import { untilQuiet } from '@manifold/core/internal'
import { FakeClock } from '../helpers/fake-clock.js'

/** A clock on which every turn takes so long. */
class SlowTurns extends FakeClock {
  readonly #turnMs: number

  constructor(turnMs: number) {
    super()
    this.#turnMs = turnMs
  }

  override afterReading(callback: () => void): Timer {
    const turn = setImmediate(() => {
      this.advance(this.#turnMs)
      callback()
    })
    return { cancel: () => clearImmediate(turn) }
  }
}

/** How many turns it waits while the count goes on growing up to `most`. */
async function turnsWaited(turnMs: number, most: number): Promise<number> {
  let count = 0
  await untilQuiet(() => (count < most ? ++count : count), 250, new SlowTurns(turnMs))
  return count
}

test('it is waited while something comes, but not for ever', async () => {
  assert.equal(await turnsWaited(1, 20), 20)
  const turns = await turnsWaited(1, 1e6)
  assert.ok(turns >= 240 && turns < 1_000, String(turns))
})

test('where turns are slow, there are some all the same', async () => {
  assert.equal(await turnsWaited(100, 40), 40)
  assert.ok((await turnsWaited(100, 1e6)) < 1_000)
})
