import assert from 'node:assert/strict'
import { test } from 'node:test'
import { terminate } from '@manifold/core/internal'
import { FakeClock } from '../../helpers/fake-clock.js'

/** A process that exists on paper. */
function target({ alive = true } = {}) {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  if (!alive) resolve()
  const target = {
    alive,
    closed: promise,
    end() {
      target.alive = false
      resolve()
    },
  }
  return target
}

function escalation(clock: FakeClock) {
  const done: string[] = []
  const ask = () => void done.push('ask')
  const kill = () => void done.push('kill')
  return { done, steps: { ask, kill, graceMs: 500, clock } }
}

test('a process that finishes when it is asked is not killed', async () => {
  const clock = new FakeClock()
  const process = target()
  const { done, steps } = escalation(clock)
  const ended = terminate(process, steps)
  clock.advance(499)
  process.end()
  await ended
  clock.advance(10_000)
  assert.deepEqual([done, clock.pending], [['ask'], 0])
})

test('a process that does not finish is killed after its time, once', async () => {
  const clock = new FakeClock()
  const process = target()
  const { done, steps } = escalation(clock)
  const ended = terminate(process, steps)
  clock.advance(499)
  assert.deepEqual(done, ['ask'])
  clock.advance(1)
  assert.deepEqual(done, ['ask', 'kill'])
  clock.advance(10_000)
  process.end()
  await ended
  assert.deepEqual(done, ['ask', 'kill'])
})

test('it is over only when the process is gone, not when a signal was sent', async () => {
  const clock = new FakeClock()
  const process = target()
  const { steps } = escalation(clock)
  let over = false
  const ended = terminate(process, steps).then(() => {
    over = true
  })
  clock.advance(500)
  await new Promise(setImmediate)
  assert.equal(over, false)
  process.end()
  await ended
})

test('a process that is dead, but whose pipes are still open, is left alone', async () => {
  const clock = new FakeClock()
  const process = target()
  process.alive = false
  const { done, steps } = escalation(clock)
  const ended = terminate(process, steps)
  clock.advance(500)
  process.end()
  await ended
  assert.deepEqual(done, [])
})

test('a process that is gone is neither asked nor killed', async () => {
  const clock = new FakeClock()
  const { done, steps } = escalation(clock)
  await terminate(target({ alive: false }), steps)
  assert.deepEqual([done, clock.pending], [[], 0])
})
