import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GroupLimit, type Seat } from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'

const LIMIT = 10

/** A worker that accepts by itself, and what it says of its share. */
class Paper {
  readonly slot: number
  readonly seat: Seat
  readonly told: (number | null)[] = []
  readonly #limit: GroupLimit

  constructor(slot: number, limit: GroupLimit) {
    this.slot = slot
    this.#limit = limit
    this.seat = { worker: this, slot, open: 0 } as unknown as Seat
    limit.add(this.seat, true)
  }

  limit(connections: number | null): number {
    return this.told.push(connections)
  }

  hurry(): void {}

  /** It has read all that it was told, and has so many connections. */
  says(connections: number): void {
    const word = {
      limits: this.told.length,
      connections,
      full: connections >= (this.told.at(-1) ?? Infinity),
    }
    this.#limit.heard(this.seat.worker, word)
  }
}

function bench() {
  const clock = new FakeClock()
  const said: boolean[] = []
  const limit = new GroupLimit(LIMIT, clock, (saturated) => said.push(saturated))
  return { clock, said, limit }
}

test('a group is saturated when all its workers have what they may', () => {
  const { clock, said, limit } = bench()
  const workers = [new Paper(0, limit), new Paper(1, limit)]
  for (let round = 0; round < 3; round++) for (const worker of workers) worker.says(0)
  workers[0]?.says(5)
  assert.deepEqual(said, [])
  workers[1]?.says(5)
  assert.deepEqual(said, [true])
  workers[1]?.says(4)
  clock.advance(1_000)
  assert.deepEqual(said, [true, false])
})

test('a worker that has no share yet is not full, though its sibling has gone', () => {
  const { said, limit } = bench()
  const first = new Paper(0, limit)
  first.says(0)
  const second = new Paper(1, limit)
  // It has read that it has none as yet.
  assert.equal(second.told.at(-1), 0)
  second.says(0)
  limit.remove(first.seat)
  assert.equal(second.told.at(-1), LIMIT)
  assert.deepEqual(said, [])
  second.says(0)
  assert.deepEqual(said, [])
  second.says(LIMIT)
  assert.deepEqual(said, [true])
})
