import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Alert, Troubles } from '@manifold/health/internal'
import { FakeClock } from '../../../helpers/fake-clock.js'

const INTERVAL_MS = 60_000

function troubles() {
  const clock = new FakeClock()
  const told: string[] = []
  const subject = new Troubles(INTERVAL_MS, clock, ({ text }, state, heldBack) => {
    told.push(`${state} ${text}${heldBack === 0 ? '' : ` +${heldBack}`}`)
  })
  const alert = (text: string, more: Partial<Alert> = {}): Alert => {
    return { kind: 'masterDied', subject: 'master', text, data: {}, ...more }
  }
  return {
    clock,
    subject,
    raise: (text: string, more?: Partial<Alert>) => subject.raise(alert(text, more)),
    recover: (text: string, more?: Partial<Alert>) => subject.recover(alert(text, more)),
    /** What has been told since the last look. */
    told: () => told.splice(0),
  }
}

describe('troubles', () => {
  test('are told at once, and that they are over as well', () => {
    const { raise, recover, told } = troubles()
    raise('a')
    assert.deepEqual(told(), ['raised a'])
    recover('b')
    assert.deepEqual(told(), ['recovered b'])
  })

  test('that were not told are not over either, and none is over twice', () => {
    const { raise, recover, told } = troubles()
    recover('a')
    raise('b', { subject: 'other' })
    recover('c', { kind: 'gaveUp', subject: 'other' })
    recover('d', { subject: 'other' })
    recover('e', { subject: 'other' })
    assert.deepEqual(told(), ['raised b', 'recovered d'])
  })

  test('of the same kind and subject are held back, and counted when the interval is over', () => {
    const { clock, raise, told } = troubles()
    for (const text of ['a', 'b', 'c', 'd']) raise(text)
    raise('x', { subject: 'other' })
    raise('y', { kind: 'gaveUp' })
    assert.deepEqual(told(), ['raised a', 'raised x', 'raised y'])
    clock.advance(INTERVAL_MS - 1)
    assert.deepEqual(told(), [])
    clock.advance(1)
    assert.deepEqual(told(), ['raised d +2'])
    raise('e')
    assert.deepEqual(told(), [])
    clock.advance(INTERVAL_MS)
    assert.deepEqual(told(), ['raised e'])
    clock.advance(INTERVAL_MS)
    raise('f')
    assert.deepEqual(told(), ['raised f'])
  })

  test('that are over take what was held back with them', () => {
    const { clock, raise, recover, told } = troubles()
    for (const text of ['a', 'b', 'c']) raise(text)
    recover('d')
    assert.deepEqual(told(), ['raised a', 'recovered d +2'])
    clock.advance(10 * INTERVAL_MS)
    assert.deepEqual(told(), [])
    assert.equal(clock.pending, 0)
  })

  test('that come and go are told once in the interval, with their end', () => {
    const { clock, raise, recover, told } = troubles()
    for (const number of [1, 2, 3]) {
      raise(`raise ${number}`)
      recover(`recover ${number}`)
    }
    assert.deepEqual(told(), ['raised raise 1', 'recovered recover 1'])
    clock.advance(INTERVAL_MS)
    assert.deepEqual(told(), ['raised raise 3 +1', 'recovered recover 3'])
    clock.advance(INTERVAL_MS)
    assert.equal(clock.pending, 0)
  })

  test('that were over, but have come back, are not told to be over', () => {
    const { clock, raise, recover, told } = troubles()
    raise('a')
    recover('b')
    raise('c')
    recover('d')
    raise('e')
    told()
    clock.advance(INTERVAL_MS)
    assert.deepEqual(told(), ['raised e +1'])
    recover('f')
    assert.deepEqual(told(), ['recovered f'])
  })

  test('that are held back are told when all stops', () => {
    const { clock, subject, raise, told } = troubles()
    for (const text of ['a', 'b', 'c']) raise(text)
    raise('x', { subject: 'other' })
    subject.flush()
    assert.deepEqual(told(), ['raised a', 'raised x', 'raised c +1'])
    assert.equal(clock.pending, 0)
  })

  test('are not remembered without bound', () => {
    const { clock, raise, told } = troubles()
    for (let number = 0; number < 3_000; number++) raise('a', { subject: `group ${number}` })
    assert.equal(told().length, 3_000)
    assert.ok(clock.pending <= 1_000)
  })
})
