import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Acceptor } from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { PaperHandle, PaperSocket, PaperWorker } from './paper-worker.js'

const EADDRINUSE = -98

/** An acceptor with workers that read, if they are said to. */
class Bench {
  readonly clock = new FakeClock()
  readonly socket = new PaperSocket()
  readonly workers = [new PaperWorker(this.clock), new PaperWorker(this.clock, 1)]
  readonly accepted: unknown[] = []
  reading = this.workers
  readonly acceptor = new Acceptor(
    this.socket.held,
    this.clock,
    () => this.reading.map((worker) => worker.seat()),
    (connection) => this.accepted.push(connection),
  )

  /** Sends the copy that somebody was asked for. */
  async sendBack(copy?: PaperHandle): Promise<void> {
    await this.workers.find(({ asked }) => asked.length > 0)!.sendBack(copy)
  }

  get asked(): number[] {
    return this.workers.map(({ asked }) => asked.length)
  }

  /** How it stands after time has passed, and what follows from that has happened. */
  async wait(ms: number): Promise<void> {
    this.clock.advance(ms)
    await setImmediate()
  }
}

describe('an acceptor', () => {
  test('accepts on a copy that a worker has sent back, and leaves the held socket alone', async () => {
    const bench = new Bench()
    const [copy, started] = [new PaperHandle(), bench.acceptor.start()]
    assert.equal(bench.workers[0]!.asked[0]!.socket, bench.socket.handle)
    await bench.sendBack(copy)
    assert.deepEqual([await started, bench.acceptor.open], [0, true])
    assert.deepEqual([copy.backlog, bench.socket.socket.backlog], [bench.socket.backlog, undefined])
    const connection = copy.accept()
    copy.onconnection?.call(copy.handle, EADDRINUSE)
    assert.deepEqual(bench.accepted, [connection])
  })

  test('leaves off, and begins again with another copy, of which it is sure at once', async () => {
    const bench = new Bench()
    const copies = [new PaperHandle(), new PaperHandle()]
    void bench.acceptor.start()
    await bench.sendBack(copies[0])
    bench.acceptor.pause()
    assert.deepEqual([bench.acceptor.open, copies[0]!.closed], [false, 1])
    assert.equal(bench.acceptor.start(), 0)
    assert.equal(bench.acceptor.open, false)
    await bench.sendBack(copies[1])
    assert.equal(bench.acceptor.open, true)
    bench.acceptor.pause()
    bench.acceptor.pause()
    assert.deepEqual(
      copies.map(({ closed }) => closed),
      [1, 1],
    )
    assert.deepEqual([bench.asked, bench.clock.pending], [[0, 0], 0])
  })

  test('asks the next worker if one does not send the copy back, and the first again after a while', async () => {
    const bench = new Bench()
    const started = bench.acceptor.start()
    assert.deepEqual(bench.asked, [1, 0])
    await bench.sendBack()
    assert.deepEqual(bench.asked, [0, 1])
    await bench.sendBack()
    assert.deepEqual(bench.asked, [0, 0])
    await bench.wait(49)
    assert.deepEqual(bench.asked, [0, 0])
    await bench.wait(1)
    assert.deepEqual(bench.asked, [1, 0])
    await bench.sendBack(new PaperHandle())
    assert.deepEqual([await started, bench.acceptor.open], [0, true])
  })

  test('goes on to try while no worker reads', async () => {
    const bench = new Bench()
    bench.reading = []
    const started = bench.acceptor.start()
    await bench.wait(1_000)
    assert.deepEqual(bench.asked, [0, 0])
    bench.reading = bench.workers.slice(1)
    await bench.wait(50)
    assert.deepEqual(bench.asked, [0, 1])
    await bench.sendBack(new PaperHandle())
    assert.deepEqual([await started, bench.acceptor.open], [0, true])
  })

  test('tells why the system does not let it listen, keeps nothing, and may try again', async () => {
    const bench = new Bench()
    const taken = Object.assign(new PaperHandle(), { errno: EADDRINUSE })
    const started = bench.acceptor.start()
    await bench.sendBack(taken)
    assert.deepEqual([await started, bench.acceptor.open, taken.closed], [EADDRINUSE, false, 1])
    assert.deepEqual([bench.asked, bench.clock.pending], [[0, 0], 0])
    const again = bench.acceptor.start()
    await bench.sendBack(new PaperHandle())
    assert.deepEqual([await again, bench.acceptor.open], [0, true])
  })

  test('closes the copy that comes after it has left off', async () => {
    const bench = new Bench()
    const [copy, started] = [new PaperHandle(), bench.acceptor.start()]
    bench.acceptor.pause()
    await bench.sendBack(copy)
    assert.deepEqual([await started, bench.acceptor.open, copy.closed], [0, false, 1])
    assert.deepEqual([bench.asked, bench.clock.pending], [[0, 0], 0])
  })

  test('that begins, leaves off and begins again before the copy comes uses that one', async () => {
    const bench = new Bench()
    const copy = new PaperHandle()
    void bench.acceptor.start()
    bench.acceptor.pause()
    const started = bench.acceptor.start()
    assert.deepEqual(bench.asked, [1, 0])
    await bench.sendBack(copy)
    assert.deepEqual([await started, bench.acceptor.open, copy.closed], [0, true, 0])
    assert.deepEqual(bench.asked, [0, 0])
  })

  test('that begins again while it is told that it was to leave off begins all the same', async () => {
    const bench = new Bench()
    const [late, copy] = [new PaperHandle(), new PaperHandle()]
    void bench.acceptor.start()
    bench.acceptor.pause()
    bench.workers[0]!.asked.shift()!.answer(late.handle)
    // The copy is closed within the next steps; the attempt is over some steps later.
    for (let steps = 0; late.closed === 0 && steps < 100; steps++) await undefined
    assert.equal(late.closed, 1)
    void bench.acceptor.start()
    await setImmediate()
    assert.deepEqual(bench.asked, [1, 0])
    await bench.sendBack(copy)
    assert.equal(bench.acceptor.open, true)
  })
})
