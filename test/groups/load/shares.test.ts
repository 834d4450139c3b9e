import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Shares } from '@manifold/groups/internal'

/** A worker on paper: what it was told, of which it has read as much as the test lets it. */
class Paper {
  readonly slot: number
  readonly told: (number | null)[] = []
  open = 0
  #read = 0

  constructor(slot: number) {
    this.slot = slot
  }

  limit(connections: number | null): number {
    return this.told.push(connections)
  }

  get share(): number | null | undefined {
    return this.told.at(-1)
  }

  get unread(): number {
    return this.told.length - this.#read
  }

  /** Reads one more of what it was told, and answers. */
  read(shares: Shares): void {
    shares.heard(this, { limits: ++this.#read, connections: this.open })
  }

  /** That it has read last. */
  get inForce(): number {
    return this.told[this.#read - 1] ?? 0
  }

  readAll(shares: Shares): void {
    while (this.#read < this.told.length) this.read(shares)
  }

  /** Some of its connections have ended, and it says so. */
  end(shares: Shares, count: number): void {
    this.open -= count
    shares.heard(this, { limits: this.#read, connections: this.open })
  }
}

function bench(limit: number, count: number) {
  const shares = new Shares(limit)
  const workers = Array.from({ length: count }, (_, slot) => new Paper(slot))
  for (const worker of workers) shares.add(worker)
  const settle = () => {
    for (let n = 0; n < 5; n++) for (const worker of workers) worker.readAll(shares)
  }
  const now = () => workers.map(({ share }) => share)
  return { shares, workers, settle, now }
}

test('every worker has the same, as far as it can be divided; together they have all', () => {
  for (const [limit, expected] of [
    [9, [3, 3, 3]],
    [11, [4, 4, 3]],
    [2, [1, 1, 0]],
  ] as const) {
    const { settle, now } = bench(limit, 3)
    settle()
    assert.deepEqual(now(), expected)
  }
})

test('who comes gets nothing before those who have it all have read that they have less now', () => {
  const { shares, workers, settle } = bench(4, 1)
  const [first] = workers as [Paper]
  assert.deepEqual(first.told, [4])
  settle()
  const second = new Paper(1)
  shares.add(second)
  assert.deepEqual([first.told, second.told], [[4, 2], [0]])
  first.readAll(shares)
  assert.deepEqual(second.told, [0, 2])
})

test('what one has beyond its share is missing from that of another, until it ends', () => {
  const { shares, workers, settle } = bench(4, 1)
  const [first] = workers as [Paper]
  settle()
  first.open = 4
  const second = new Paper(1)
  shares.add(second)
  first.readAll(shares)
  assert.deepEqual([first.share, second.told], [2, [0]])
  first.end(shares, 1)
  assert.deepEqual(second.told, [0, 1])
  first.end(shares, 2)
  assert.deepEqual([first.share, second.told], [2, [0, 1, 2]])
})

test('at no time may they have more than the limit, whoever comes and goes and is slow to read', () => {
  const limit = 7
  const shares = new Shares(limit)
  const workers: Paper[] = []
  let seed = 1
  const chance = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let turn = 0; turn < 5_000; turn++) {
    const worker = workers[chance(workers.length + 1)]
    if (!worker) {
      const free = [0, 1, 2, 3, 4].find((slot) => workers.every((other) => other.slot !== slot))
      if (free === undefined || chance(4) > 0) continue
      const added = new Paper(free)
      workers.push(added)
      shares.add(added)
    } else if (chance(20) === 0) {
      workers.splice(workers.indexOf(worker), 1)
      shares.remove(worker)
    } else if (chance(3) === 0) {
      if (worker.unread > 0) worker.read(shares)
    } else if (worker.open < worker.inForce) worker.open++
    else if (worker.open > 0) worker.end(shares, 1)
    const open = workers.reduce((sum, { open }) => sum + open, 0)
    assert.ok(open <= limit, `${open} connections after ${turn} turns`)
  }
})

test('when one goes, its share goes to the others', () => {
  const { shares, workers, settle, now } = bench(4, 2)
  settle()
  assert.deepEqual(now(), [2, 2])
  shares.remove(workers[1]!)
  assert.equal(workers[0]!.share, 4)
  shares.remove(workers[1]!)
  assert.deepEqual(workers[0]!.told.at(-1), 4)
})

test('who succeeds a worker in its slot gets its share at once; the old one does not count', () => {
  const { shares, workers, settle } = bench(4, 2)
  settle()
  workers[0]!.open = 2
  const successor = new Paper(0)
  shares.add(successor)
  assert.deepEqual(successor.told, [2])
  shares.remove(workers[0]!)
  workers[0]!.end(shares, 1)
  assert.deepEqual([successor.told, workers[1]!.share], [[2], 2])
})

test('without the limit all may have any number, also who comes later', () => {
  const { shares, settle, now } = bench(4, 2)
  settle()
  shares.lift()
  assert.deepEqual(now(), [null, null])
  const late = new Paper(2)
  shares.add(late)
  settle()
  assert.deepEqual(late.told, [null])
})
