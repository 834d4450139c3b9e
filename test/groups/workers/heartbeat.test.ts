import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Heartbeat } from '@manifold/groups/internal'
import { type FakeClock, StoppableClock } from '../../helpers/fake-clock.js'

class Watched {
  state: 'starting' | 'online' | 'waiting' | 'ready' | 'draining' = 'ready'
  readonly id: number
  readonly #clock: FakeClock
  #heardAt: number

  constructor(id: number, clock: FakeClock) {
    this.id = id
    this.#clock = clock
    this.#heardAt = clock.now()
  }

  get silentMs(): number {
    return this.#clock.now() - this.#heardAt
  }

  beat(): void {
    this.#heardAt = this.#clock.now()
  }
}

function ward() {
  const clock = new StoppableClock()
  const workers = [new Watched(1, clock), new Watched(2, clock)] as const
  const said: string[] = []
  const heartbeat = new Heartbeat<Watched>({ intervalMs: 500, timeoutMs: 1_500 }, clock, () => workers, {
    silent: ({ id }) => said.push(`${id} is silent`),
    heard: ({ id }) => said.push(`${id} is heard`),
  })
  heartbeat.start()
  /** The second one beats all the time. */
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 125) {
      clock.advance(125)
      workers[1].beat()
    }
  }
  return { clock, workers, said, heartbeat, pass }
}

test('who has said nothing for too long is silent, once, until it is heard', () => {
  const { workers, said, pass } = ward()
  pass(1_500)
  assert.deepEqual(said, [])
  pass(4_000)
  assert.deepEqual(said, ['1 is silent'])
  workers[0].beat()
  pass(400)
  assert.deepEqual(said, ['1 is silent', '1 is heard'])
})

test('who stands by has to be fit for a slot, and is heard again if it has got one', () => {
  const { workers, said, pass } = ward()
  workers[0].state = 'waiting'
  pass(4_000)
  assert.deepEqual(said, ['1 is silent'])
  workers[0].beat()
  workers[0].state = 'online'
  pass(4_000)
  assert.deepEqual(said, ['1 is silent', '1 is heard'])
})

test('who is starting or finishing is not judged', () => {
  const { workers, said, pass } = ward()
  workers[0].state = 'starting'
  pass(5_000)
  workers[0].state = 'draining'
  pass(5_000)
  assert.deepEqual(said, [])
})

test('who was silent and is finishing is not heard of any more', () => {
  const { workers, said, pass } = ward()
  pass(2_000)
  workers[0].state = 'draining'
  workers[0].beat()
  pass(2_000)
  assert.deepEqual(said, ['1 is silent'])
})

test('a look that comes late judges nobody', () => {
  const { clock, workers, said, pass } = ward()
  clock.skip(60_000)
  // Nor does what follows at once: the workers may have been stopped as long.
  clock.advance(1_250)
  assert.deepEqual(said, [])
  for (const worker of workers) worker.beat()
  pass(1_000)
  assert.deepEqual(said, [])
})

test('nobody is watched after stop', () => {
  const { clock, said, heartbeat } = ward()
  heartbeat.stop()
  assert.equal(clock.pending, 0)
  clock.advance(10_000)
  assert.deepEqual(said, [])
})
