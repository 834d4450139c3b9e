import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { KernelDistribution, type Seat } from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { PaperSocket, PaperWorker } from './paper-worker.js'

/** Workers that serve in a slot each, and what they are told of sockets. */
class Bench {
  readonly clock = new FakeClock()
  readonly socket = new PaperSocket()
  readonly distribution = new KernelDistribution([this.socket.held], this.clock)
  readonly workers: PaperWorker[] = []
  readonly seats: Seat[] = []

  /** All have received their sockets, and are ready. */
  static async serving(workers: number): Promise<Bench> {
    const bench = new Bench()
    for (let slot = 0; slot < workers; slot++) {
      bench.add(slot)
      await bench.workers[slot]!.receive(slot)
    }
    void bench.news
    return bench
  }

  /** A worker comes to serve in a slot. */
  add(slot: number, worker = new PaperWorker(this.clock, slot)): PaperWorker {
    this.workers[slot] = worker
    this.seats[slot] = worker.seat()
    this.distribution.add(this.seats[slot])
    return worker
  }

  remove(...slots: number[]): void {
    for (const slot of slots) this.distribution.remove(this.seats[slot]!)
  }

  /** What each has been told since this was asked last, but for averages. */
  get news(): string[][] {
    return this.workers.map((worker) => worker.news().filter((text) => !text.startsWith('share')))
  }
}

test('every slot has a socket of its own, which its next worker gets, too', async () => {
  const bench = await Bench.serving(2)
  assert.equal(bench.socket.others.length, 1)
  bench.remove(1)
  const next = bench.add(1)
  assert.deepEqual(
    next.told.filter((text) => text.startsWith('attach')),
    ['attach 1'],
  )
  assert.equal(bench.socket.others.length, 1)
})

describe('the socket of a slot that is not served', () => {
  test('goes to the sibling with the fewest connections', async () => {
    const bench = await Bench.serving(3)
    for (const [slot, open] of [9, 5, 2].entries()) bench.seats[slot]!.open = open
    bench.remove(0)
    assert.deepEqual(bench.news, [[], [], ['attach 0']])
  })

  test('goes to those first who have adopted fewer', async () => {
    const bench = await Bench.serving(5)
    for (const [slot, open] of [0, 0, 0, 1, 9].entries()) bench.seats[slot]!.open = open
    bench.remove(0)
    assert.deepEqual(bench.news, [[], ['attach 0'], [], [], []])
    bench.seats[2]!.open = 20
    bench.remove(1)
    // Two sockets, and two that have adopted none: the one with fewer connections first.
    assert.deepEqual(bench.news, [[], [], [], ['attach 0'], ['attach 1']])
    bench.remove(3)
    assert.deepEqual(bench.news, [[], [], ['attach 0'], [], ['attach 3']])
  })

  test('goes to the next sibling if one cannot be reached', async () => {
    const bench = await Bench.serving(3)
    bench.workers[1]!.connected = false
    bench.remove(0)
    assert.deepEqual(bench.news, [[], [], ['attach 0']])
  })

  test('goes on to another when its adopter goes', async () => {
    const bench = await Bench.serving(3)
    bench.remove(0)
    assert.deepEqual(bench.news, [[], ['attach 0'], []])
    bench.remove(1)
    assert.deepEqual(bench.news, [[], [], ['attach 0', 'attach 1']])
  })

  test('is handed back only once the successor has it and is ready', async () => {
    const bench = await Bench.serving(2)
    bench.remove(0)
    void bench.news
    const successor = new PaperWorker(bench.clock)
    let ready = () => {}
    successor.started = new Promise((resolve) => {
      ready = resolve
    })
    bench.add(0, successor)
    assert.deepEqual(bench.news, [['attach 0'], []])
    await successor.receive(0)
    assert.deepEqual(bench.news, [[], []])
    ready()
    await setImmediate()
    assert.deepEqual(bench.news, [[], ['detach 0']])
  })

  test('stays with its adopter if the successor does not come up', async () => {
    const bench = await Bench.serving(2)
    bench.remove(0)
    void bench.news
    const successor = new PaperWorker(bench.clock)
    successor.started = Promise.reject(new Error('it does not come up'))
    bench.add(0, successor)
    await successor.receive(0)
    bench.remove(0)
    assert.deepEqual(bench.news, [['attach 0'], []])
  })

  test('stays with its adopter if the slot is removed for good', async () => {
    const bench = await Bench.serving(3)
    bench.remove(2)
    assert.deepEqual(bench.news, [['attach 2'], [], []])
    // Another replaces a sibling: nothing changes for the adopter.
    bench.remove(1)
    await bench.add(1).receive(1)
    assert.deepEqual(bench.news, [['attach 1', 'detach 1'], ['attach 1'], []])
    assert.equal(bench.socket.others[1]!.socket.closed, 0)
    bench.distribution.close()
    assert.equal(bench.socket.others[1]!.socket.closed, 1)
  })

  test('waits while nobody is left, and goes to whoever comes first', async () => {
    const bench = await Bench.serving(2)
    bench.remove(0, 1)
    assert.deepEqual(bench.news, [[], ['attach 0']])
    await bench.add(1).receive(1)
    assert.deepEqual(bench.news, [[], ['attach 1', 'attach 0']])
    await bench.add(0).receive(0)
    assert.deepEqual(bench.news, [['attach 0'], ['detach 0']])
  })
})

describe('the socket of a worker that falls silent', () => {
  test('is lent until it is heard again', async () => {
    const bench = await Bench.serving(2)
    bench.distribution.suspend(bench.seats[0]!)
    assert.deepEqual(bench.news, [[], ['attach 0']])
    bench.distribution.resume(bench.seats[0]!)
    assert.deepEqual(bench.news, [[], ['detach 0']])
    bench.distribution.resume(bench.seats[0]!)
    assert.deepEqual(bench.news, [[], []])
  })

  test('is not handed back to it when its own arrives while it is silent', async () => {
    const bench = await Bench.serving(2)
    bench.remove(0)
    const successor = bench.add(0)
    void bench.news
    bench.distribution.suspend(bench.seats[0]!)
    await successor.receive(0)
    assert.deepEqual(bench.news, [[], []])
    bench.distribution.resume(bench.seats[0]!)
    assert.deepEqual(bench.news, [[], ['detach 0']])
  })

  test('stays its own if all are silent; what it has adopted is adopted by whoever is heard first', async () => {
    const bench = await Bench.serving(3)
    bench.remove(0)
    assert.deepEqual(bench.news, [[], ['attach 0'], []])
    bench.distribution.suspend(bench.seats[1]!)
    assert.deepEqual(bench.news, [[], ['detach 0'], ['attach 0', 'attach 1']])
    bench.distribution.suspend(bench.seats[2]!)
    assert.deepEqual(bench.news, [[], [], ['detach 0', 'detach 1']])
    bench.distribution.resume(bench.seats[1]!)
    assert.deepEqual(bench.news, [[], ['attach 0', 'attach 2'], []])
  })
})

describe('the socket of a worker that is full', () => {
  test('is lent until it is sent to it again, and has arrived there', async () => {
    const bench = await Bench.serving(2)
    bench.distribution.filled(bench.seats[0]!)
    assert.deepEqual(bench.news, [[], ['attach 0']])
    bench.distribution.freed(bench.seats[0]!)
    assert.deepEqual(bench.news, [['attach 0'], []])
    await bench.workers[0]!.receive(0)
    assert.deepEqual(bench.news, [[], ['detach 0']])
    bench.distribution.freed(bench.seats[0]!)
    assert.deepEqual(bench.news, [[], []])
  })

  test('stays with its adopter if it is full again before that', async () => {
    const bench = await Bench.serving(2)
    bench.distribution.filled(bench.seats[0]!)
    bench.distribution.freed(bench.seats[0]!)
    bench.distribution.filled(bench.seats[0]!)
    void bench.news
    await bench.workers[0]!.receive(0)
    assert.deepEqual(bench.news, [[], []])
  })

  test('goes on, with what it has adopted, until all are full: then nobody accepts before one is free', async () => {
    const bench = await Bench.serving(3)
    bench.distribution.filled(bench.seats[0]!)
    bench.distribution.filled(bench.seats[1]!)
    assert.deepEqual(bench.news, [[], ['attach 0', 'detach 0'], ['attach 0', 'attach 1']])
    bench.distribution.filled(bench.seats[2]!)
    assert.deepEqual(bench.news, [[], [], ['detach 0', 'detach 1']])
    bench.distribution.freed(bench.seats[1]!)
    assert.deepEqual(bench.news, [[], ['attach 1', 'attach 0', 'attach 2'], []])
  })

  test('is not its own again when it is heard, but still full', async () => {
    const bench = await Bench.serving(2)
    bench.distribution.suspend(bench.seats[0]!)
    bench.distribution.filled(bench.seats[0]!)
    bench.distribution.resume(bench.seats[0]!)
    assert.deepEqual(bench.news, [[], ['attach 0']])
    bench.distribution.freed(bench.seats[0]!)
    await bench.workers[0]!.receive(0)
    assert.deepEqual(bench.news, [['attach 0'], ['detach 0']])
  })
})

describe('a worker that does not receive a socket', () => {
  test('is replaced, be it its own or one that it adopts', async () => {
    const bench = await Bench.serving(2)
    bench.remove(0)
    await bench.workers[1]!.receive(0, false)
    assert.deepEqual(bench.news, [[], ['attach 0', 'drain']])
    await bench.add(0).receive(0, false)
    assert.deepEqual(bench.news, [['attach 0', 'drain'], []])
  })

  test('is left alone if it is gone, or the socket is not for it any more', async () => {
    const bench = await Bench.serving(3)
    bench.remove(0)
    bench.distribution.suspend(bench.seats[1]!)
    await bench.workers[1]!.receive(0, false)
    bench.workers[2]!.connected = false
    await bench.workers[2]!.receive(0, false)
    assert.deepEqual(bench.news, [[], ['attach 0', 'detach 0'], ['attach 0', 'attach 1']])
  })
})

test('once it is closed, nothing is lent and all sockets are closed', async () => {
  const bench = await Bench.serving(3)
  bench.distribution.close()
  bench.remove(0)
  assert.deepEqual(bench.news, [[], [], []])
  const sockets = [bench.socket, ...bench.socket.others]
  assert.ok(sockets.length === 3 && sockets.every(({ socket }) => socket.closed > 0))
})
