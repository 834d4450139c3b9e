import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Echoes, type StreamHandle } from '@manifold/core/internal'
import { FakeClock } from '../../helpers/fake-clock.js'

/** A worker that gets handles, and sends them back when the test says so. */
class Bench {
  readonly clock = new FakeClock()
  readonly sent: { readonly id: number; readonly answered: (arrived: boolean) => void }[] = []
  fail = false
  readonly echoes = new Echoes((id, _handle, answered) => {
    if (this.fail) throw new Error('the channel is closed')
    this.sent.push({ id, answered })
  }, this.clock)

  copy(): Promise<StreamHandle | undefined> {
    return this.echoes.copy(paper())
  }
}

function paper(): StreamHandle & { closed: number } {
  const handle = {
    closed: 0,
    close() {
      this.closed++
    },
  }
  return handle as unknown as StreamHandle & { closed: number }
}

describe('a copy', () => {
  test('is what comes back under its number, and left open', async () => {
    const bench = new Bench()
    const copies = [bench.copy(), bench.copy()]
    const [one, two] = [paper(), paper()]
    for (const { answered } of bench.sent) answered(true)
    bench.echoes.returned(bench.sent[1]!.id, two)
    bench.echoes.returned(bench.sent[0]!.id, one)
    assert.deepEqual(await Promise.all(copies), [one, two])
    assert.deepEqual([one.closed, two.closed, bench.clock.pending], [0, 0, 0])
  })

  test('is nothing if the handle does not arrive, cannot be sent, or comes back as nothing', async () => {
    const bench = new Bench()
    const lost = bench.copy()
    bench.sent[0]!.answered(false)
    assert.equal(await lost, undefined)
    const empty = bench.copy()
    bench.echoes.returned(bench.sent[1]!.id, undefined)
    assert.equal(await empty, undefined)
    bench.fail = true
    assert.equal(await bench.copy(), undefined)
    assert.equal(bench.clock.pending, 0)
  })

  test('is waited for 500 ms, and closed if it comes later', async () => {
    const bench = new Bench()
    let ended = false
    const copy = bench.copy().finally(() => {
      ended = true
    })
    bench.clock.advance(499)
    await Promise.resolve()
    assert.equal(ended, false)
    bench.clock.advance(1)
    assert.equal(await copy, undefined)
    const late = paper()
    bench.echoes.returned(bench.sent[0]!.id, late)
    bench.echoes.returned(bench.sent[0]!.id, undefined)
    assert.deepEqual([late.closed, bench.clock.pending], [1, 0])
  })

  test('is nothing at once if the worker is gone', async () => {
    const bench = new Bench()
    const copies = [bench.copy(), bench.copy()]
    bench.echoes.close()
    assert.deepEqual(await Promise.all(copies), [undefined, undefined])
    assert.equal(bench.clock.pending, 0)
  })
})
