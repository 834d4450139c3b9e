import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StreamHandle } from '@manifold/core/internal'
import type { PolicyMember } from '@manifold/groups'
import {
  Custom,
  Dispatcher,
  LeastConnections,
  RoundRobin,
  type Seat,
  Sticky,
} from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { PaperWorker } from './paper-worker.js'

/** More than may be on their way to one worker. */
const MANY = 20

const handle = { close() {} } as unknown as StreamHandle
const connection = { remoteAddress: '127.0.0.1', remotePort: 1, key: '127.0.0.1' }

const KEYS = Array.from({ length: 64 }, (_, number) => `client ${number}`)

/** A sticky socket on which one worker listens. */
function socketOf(worker: PaperWorker, listener: number, clock: FakeClock): Dispatcher {
  const dispatcher = new Dispatcher(() => new Sticky<Seat>(), clock)
  dispatcher.add(worker.seat(listener))
  return dispatcher
}

test('what waits for one worker that is busy with connections of another socket goes to it later', () => {
  const clock = new FakeClock()
  const worker = new PaperWorker(clock)
  const [busy, quiet] = [socketOf(worker, 1, clock), socketOf(worker, 2, clock)]
  for (let n = 0; n < MANY; n++) busy.dispatch({ handle, connection })
  quiet.dispatch({ handle, connection })
  assert.equal(quiet.size, 1)
  for (let rounds = 0; rounds < MANY; rounds++) {
    worker.takeAll()
    clock.advance(50)
  }
  assert.deepEqual([busy.size, quiet.size], [0, 0])
  assert.deepEqual(worker.offered.toSorted(), [...Array<number>(MANY).fill(1), 2])
  assert.equal(clock.pending, 0)
})

test('a client that is bound waits for its worker while that is slow, and goes to another once it is silent', () => {
  const clock = new FakeClock()
  const [slow, other] = [new PaperWorker(clock), new PaperWorker(clock, 1)]
  const seats = [slow, other].map((worker) => worker.seat())
  const dispatcher = new Dispatcher(() => new Sticky<Seat>(), clock)
  for (const seat of seats) dispatcher.add(seat)
  const key = KEYS.find((candidate) => {
    dispatcher.dispatch({ handle, connection: { ...connection, key: candidate } })
    return slow.offered.length === 1
  })!
  other.takeAll()
  const before = other.offered.length
  // Its lease runs out; nothing more is offered to a worker that says nothing.
  clock.advance(1_000)
  dispatcher.dispatch({ handle, connection: { ...connection, key } })
  clock.advance(1_000)
  assert.deepEqual([slow.offered.length, other.offered.length, dispatcher.size], [1, before, 2])
  dispatcher.suspend(seats[0]!)
  assert.deepEqual([other.offered.length, dispatcher.size], [before + 2, 0])
  other.takeAll()
})

test('a connection that is given back after the end waits for nobody', () => {
  const clock = new FakeClock()
  const closed: string[] = []
  const late = (name: string) => ({ close: () => closed.push(name) }) as unknown as StreamHandle
  const worker = new PaperWorker(clock)
  const seat = worker.seat()
  const dispatcher = new Dispatcher(() => new Sticky<Seat>(), clock)
  dispatcher.add(seat)
  dispatcher.close()
  dispatcher.dispatch({ handle: late('served'), connection })
  assert.deepEqual([worker.offered.length, closed], [1, []])
  dispatcher.remove(seat)
  dispatcher.dispatch({ handle: late('closed'), connection })
  assert.deepEqual([dispatcher.size, closed], [0, ['closed']])
  assert.equal(clock.pending, 1, 'the lease of the first')
})

describe('an overloaded worker', () => {
  function bench(strategy: ConstructorParameters<typeof Dispatcher>[0]) {
    const clock = new FakeClock()
    const workers = [0, 1, 2].map((slot) => new PaperWorker(clock, slot))
    const dispatcher = new Dispatcher(strategy, clock)
    for (const worker of workers) dispatcher.add(worker.seat())
    const come = (count: number, key?: string) => {
      const before = workers.map(({ offered }) => offered.length)
      for (let n = 0; n < count; n++) dispatcher.dispatch({ handle, connection: { ...connection, key } })
      const got = workers.map(({ offered }, slot) => offered.length - before[slot]!)
      for (const worker of workers) worker.takeAll()
      return got
    }
    return { workers, come }
  }

  for (const strategy of [RoundRobin<Seat>, LeastConnections<Seat>]) {
    test(`is passed over by ${strategy.name}, unless the others have as many as may be, or all are overloaded`, () => {
      const { workers, come } = bench(() => new strategy())
      workers[0]!.overloaded = true
      assert.deepEqual(come(6), [0, 3, 3])
      assert.deepEqual(come(18), [2, 8, 8])
      for (const worker of workers) worker.overloaded = true
      assert.deepEqual(
        come(24).toSorted((one, other) => one - other),
        [8, 8, 8],
      )
    })
  }

  test('keeps its clients where they are bound; those of whom nothing is known go to others', () => {
    const { workers, come } = bench(() => new Sticky<Seat>())
    const before = KEYS.map((key) => come(1, key))
    workers[0]!.overloaded = true
    assert.deepEqual(
      KEYS.map((key) => come(1, key)),
      before,
    )
    assert.deepEqual(come(4)[0], 0)
  })

  test('is not free for a policy of the application’s while another is', () => {
    const members: PolicyMember[] = []
    const policy = {
      add: (member: PolicyMember) => members.push(member),
      remove: () => {},
      pick: () => members.find(({ free }) => free),
    }
    const { workers, come } = bench((free) => new Custom<Seat>(policy, free))
    workers[0]!.overloaded = true
    assert.deepEqual(
      members.map(({ free }) => free),
      [false, true, true],
    )
    assert.deepEqual(come(18), [2, 8, 8])
    for (const worker of workers) worker.overloaded = true
    assert.ok(members.every(({ free }) => free))
  })
})
