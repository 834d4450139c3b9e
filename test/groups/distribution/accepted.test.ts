import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { AcceptedDistribution, Gate, RoundRobin, type Seat } from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { PaperHandle, PaperSocket, PaperWorker } from './paper-worker.js'

/** As many connections may wait. */
const BACKLOG = 4

/** One worker, and how often the master had enough. */
class Bench {
  readonly clock = new FakeClock()
  readonly socket = new PaperSocket('tcp', BACKLOG)
  readonly worker = new PaperWorker(this.clock)
  readonly seat = this.worker.seat()
  readonly full: number[] = []
  readonly distribution: AcceptedDistribution

  constructor(gate?: Gate) {
    this.distribution = new AcceptedDistribution([this.socket.held], {
      clock: this.clock,
      describes: false,
      strategy: () => new RoundRobin<Seat>(),
      full: (waiting) => this.full.push(waiting),
      gate,
    })
  }

  /** Lets the worker's server listen; the copy on which the master accepts. */
  async listen(copy = new PaperHandle()): Promise<PaperHandle> {
    const added = this.distribution.add(this.seat)
    await this.worker.sendBack(copy)
    assert.equal(await added, copy.errno)
    return copy
  }
}

describe('what the master accepts', () => {
  test('goes to a worker', async () => {
    const bench = new Bench()
    const copy = await bench.listen()
    const connection = copy.accept()
    bench.worker.takeAll()
    assert.deepEqual([bench.worker.offered, connection.closed, bench.seat.open], [[1], 1, 1])
  })

  test('is as much as may wait; it is told once that this is reached, and goes on at half', async () => {
    const bench = new Bench()
    const copy = await bench.listen()
    bench.distribution.suspend(bench.seat)
    for (let n = 0; n < BACKLOG - 1; n++) copy.accept()
    assert.deepEqual([bench.full, copy.closed], [[], 0])
    copy.accept()
    // Had the system accepted another one in the same turn, it would be served, too.
    copy.accept()
    assert.deepEqual([bench.full, copy.closed], [[BACKLOG], 1])

    // As busy with another socket that it takes two of the five, and then one more.
    for (let n = 0; n < 6; n++) bench.worker.offer(2, new PaperHandle().handle, () => {})
    bench.distribution.resume(bench.seat)
    assert.deepEqual([bench.worker.asked.length, bench.worker.offered.length], [0, 8])
    bench.worker.take(1)
    bench.clock.advance(50)
    assert.deepEqual([bench.worker.asked.length, bench.worker.offered.length], [1, 9])
    bench.worker.takeAll()
    const next = new PaperHandle()
    await bench.worker.sendBack(next)
    next.accept()
    assert.deepEqual([next.closed, bench.worker.offered.length, bench.full], [0, 12, [BACKLOG]])
  })

  test('waits in the kernel from when the last worker has gone until another comes', async () => {
    const bench = new Bench()
    const copy = await bench.listen()
    bench.distribution.remove(bench.seat)
    assert.deepEqual([copy.closed, bench.socket.socket.closed], [1, 0])
    assert.equal(bench.distribution.add(bench.seat), 0)
    const next = new PaperHandle()
    await bench.worker.sendBack(next)
    next.accept()
    assert.deepEqual([next.closed, bench.worker.offered], [0, [1]])
  })

  test('is nothing if the system does not let it listen: no worker is kept', async () => {
    const bench = new Bench()
    const copy = await bench.listen(Object.assign(new PaperHandle(), { errno: -98 }))
    assert.equal(copy.closed, 1)
    bench.distribution.returned(new PaperHandle().handle)
    assert.deepEqual(bench.worker.offered, [])
  })

  test('goes to the workers that are left when it is closed, and nothing stays open', async () => {
    const bench = new Bench()
    const copy = await bench.listen()
    bench.distribution.suspend(bench.seat)
    const connections = [copy.accept(), copy.accept(), copy.accept()]
    bench.distribution.close()
    assert.deepEqual([copy.closed, bench.socket.socket.closed], [1, 1])
    assert.equal(bench.worker.offered.length, 3)
    bench.worker.handoff.close()
    assert.deepEqual(
      connections.map(({ closed }) => closed),
      [1, 1, 1],
    )
    await setImmediate()
    assert.deepEqual([bench.worker.asked.length, bench.clock.pending], [0, 0])
  })

  test('is not begun with if it is closed before the copy comes', async () => {
    const bench = new Bench()
    const [added, copy] = [bench.distribution.add(bench.seat), new PaperHandle()]
    bench.distribution.close()
    await bench.worker.sendBack(copy)
    assert.deepEqual([await added, copy.closed, bench.worker.asked.length], [0, 1, 0])
  })

  test('is as much as the group may have: then it waits in the kernel, until one ends', async () => {
    let open = 0
    const gate: Gate = new Gate(
      2,
      () => open,
      () => {},
    )
    const bench = new Bench(gate)
    const copy = await bench.listen()
    copy.accept()
    assert.equal(copy.closed, 0)
    // Before it is known whether the worker takes it.
    copy.accept()
    assert.deepEqual([copy.closed, bench.worker.asked.length], [1, 0])
    bench.worker.takeAll()
    assert.deepEqual([bench.seat.open, bench.worker.asked.length], [2, 0])
    assert.equal(bench.distribution.add(bench.worker.seat(2)), 0)
    assert.equal(bench.worker.asked.length, 0)
    bench.seat.open = 1
    open = 1
    bench.distribution.counted()
    assert.equal(bench.worker.asked.length, 0)
    open = 0
    bench.distribution.counted()
    assert.equal(bench.worker.asked.length, 1)
    const next = new PaperHandle()
    await bench.worker.sendBack(next)
    next.accept()
    assert.equal(next.closed, 1)
    // What its worker had does not count any more.
    bench.distribution.remove(bench.seat)
    assert.equal(gate.isShut, false)
  })

  test('is no datagram', () => {
    const { held } = new PaperSocket('udp')
    const strategy = () => new RoundRobin<Seat>()
    const options = { clock: new FakeClock(), describes: false, strategy, full: () => {} }
    assert.throws(() => new AcceptedDistribution([held], options), { code: 'ERR_MANIFOLD_STATE' })
  })
})

test('a client’s address is asked for only where it counts; it is IPv4 where it is that, and is the key', async () => {
  const clock = new FakeClock()
  const [socket, worker] = [new PaperSocket(), new PaperWorker(clock)]
  const seen: unknown[] = []
  class Noting extends RoundRobin<Seat> {
    override pick(connection: unknown, free: (seat: Seat) => boolean): Seat | undefined {
      seen.push(connection)
      return super.pick(connection as never, free)
    }
  }
  for (const describes of [false, true]) {
    const options = { clock, describes, strategy: () => new Noting(), full: () => {} }
    const distribution = new AcceptedDistribution([socket.held], options)
    void distribution.add(worker.seat())
    const copy = new PaperHandle()
    await worker.sendBack(copy)
    copy.accept()
  }
  assert.deepEqual(
    [seen[0], seen.at(-1)],
    [
      { remoteAddress: undefined, remotePort: undefined, key: undefined },
      { remoteAddress: '10.0.0.1', remotePort: 7, key: '10.0.0.1' },
    ],
  )
})
