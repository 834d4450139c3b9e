import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MasterSilence } from '@manifold/health/internal'
import { StoppableClock } from '../../helpers/fake-clock.js'

function listening() {
  const clock = new StoppableClock()
  let silent = 0
  const silence = new MasterSilence(1_000, clock, () => silent++)
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) clock.advance(100)
  }
  return { clock, silence, pass, silent: () => silent }
}

describe('a master', () => {
  test('is silent when it has said nothing for so long, which is told once', () => {
    const { pass, silent, clock } = listening()
    pass(900)
    assert.equal(silent(), 0)
    pass(400)
    assert.equal(silent(), 1)
    pass(5_000)
    assert.equal(silent(), 1)
    assert.equal(clock.pending, 0)
  })

  test('that beats is not', () => {
    const { silence, pass, silent } = listening()
    for (let beat = 0; beat < 20; beat++) {
      pass(500)
      silence.heard()
    }
    assert.equal(silent(), 0)
  })

  test('has another turn when its guardian was held up itself', () => {
    const { clock, pass, silent } = listening()
    pass(400)
    clock.skip(60_000)
    pass(200)
    assert.equal(silent(), 0)
    pass(1_200)
    assert.equal(silent(), 1)
  })

  test('is not listened to any more', () => {
    const { silence, clock, silent } = listening()
    silence.stop()
    clock.advance(10_000)
    assert.equal(silent(), 0)
    assert.equal(clock.pending, 0)
  })
})
