import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Vitals } from '@manifold/core'
import { Overload } from '@manifold/groups/internal'

class Watched {
  readonly id = 1
  state: 'starting' | 'ready' | 'draining' = 'ready'
  overloaded = false
}

function ward(forMs = 2_000) {
  const worker = new Watched()
  const said: string[] = []
  const overload = new Overload<Watched>(
    { delayMs: 250, forMs },
    {
      overload: (_worker, { delayP99Ms }) => said.push(`late by ${delayP99Ms}`),
      relieved: (_worker, { delayP99Ms }) => said.push(`relieved at ${delayP99Ms}`),
    },
  )
  /** It beats at that uptime, and is so late. */
  const beat = (uptimeMs: number, delayP99Ms: number) =>
    overload.beat(worker, { uptimeMs, delayP99Ms } as Vitals)
  return { worker, said, beat }
}

test('who stays late for so long is overloaded, once, until it has not been late for as long', () => {
  const { worker, said, beat } = ward()
  for (const at of [500, 1_000, 1_500, 2_000, 2_499]) beat(at, 300)
  assert.deepEqual([said, worker.overloaded], [[], false])
  beat(2_500, 301)
  beat(3_000, 900)
  assert.deepEqual([said, worker.overloaded], [['late by 301'], true])
  for (const at of [3_500, 4_000, 5_000]) beat(at, 250)
  assert.equal(worker.overloaded, true)
  beat(5_500, 250)
  beat(6_000, 0)
  assert.deepEqual([said, worker.overloaded], [['late by 301', 'relieved at 250'], false])
})

test('who is late only now and then is not; nor is one relieved that is better only now and then', () => {
  const { said, beat } = ward()
  for (let at = 0; at < 10_000; at += 500) beat(at, at % 2_000 === 0 ? 0 : 300)
  assert.deepEqual(said, [])
  for (let at = 10_000; at <= 12_000; at += 500) beat(at, 300)
  for (let at = 12_500; at < 20_000; at += 500) beat(at, at % 2_000 === 0 ? 300 : 0)
  assert.deepEqual(said, ['late by 300'])
})

test('beats that a late master reads all at once count for the time at which they were sent', () => {
  const [burst, spread] = [ward(), ward()]
  // No clock of the master's is asked at all.
  for (const at of [100, 110, 120, 130]) burst.beat(at, 300)
  for (const at of [100, 2_100]) spread.beat(at, 300)
  assert.deepEqual([burst.said, spread.said], [[], ['late by 300']])
})

test('without a time the first beat counts', () => {
  const { said, beat } = ward(0)
  beat(1, 251)
  beat(2, 1)
  assert.deepEqual(said, ['late by 251', 'relieved at 1'])
})

test('who is starting is not judged; who finishes is forgotten, and nothing more is said of it', () => {
  const { worker, said, beat } = ward()
  worker.state = 'starting'
  for (const at of [0, 1_000, 2_000, 3_000]) beat(at, 300)
  worker.state = 'ready'
  beat(4_000, 300)
  assert.deepEqual(said, [])
  beat(6_000, 300)
  assert.deepEqual(said, ['late by 300'])
  worker.state = 'draining'
  for (const at of [7_000, 8_000, 9_000, 10_000]) beat(at, 0)
  assert.deepEqual([said, worker.overloaded], [['late by 300'], false])
})
