import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Saturation } from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'

function bench() {
  const clock = new FakeClock()
  const said: boolean[] = []
  return { clock, said, saturation: new Saturation(clock, (yes) => said.push(yes)) }
}

test('is told once, and is over when there has been room for a second', () => {
  const { clock, said, saturation } = bench()
  saturation.set(false)
  for (let n = 0; n < 10; n++) {
    saturation.set(true)
    clock.advance(100)
    saturation.set(false)
    saturation.set(false)
    clock.advance(999)
  }
  assert.deepEqual(said, [true])
  clock.advance(1)
  assert.deepEqual(said, [true, false])
  saturation.set(true)
  assert.deepEqual(said, [true, false, true])
})

test('is not told any more once it is closed', () => {
  const { clock, said, saturation } = bench()
  saturation.set(true)
  saturation.set(false)
  saturation.close()
  for (const full of [true, false]) saturation.set(full)
  clock.advance(5_000)
  assert.deepEqual([said, clock.pending], [[true], 0])
})
