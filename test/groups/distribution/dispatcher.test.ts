import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamHandle } from '@manifold/core/internal'
import { Dispatcher, type Seat, Sticky } from '@manifold/groups/internal'
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
