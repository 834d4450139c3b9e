import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { Guardian } from '@manifold/health/guardian'
import { Narrator, parseGuard } from '@manifold/health/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { temporaryDirectory } from '../../helpers/fixture.js'

const DEATH = { generation: 1, reason: { type: 'signaled', signal: 'SIGKILL', asked: false } }
const FIGURES = { restarts: 11, withinMs: 60_000 }

/** A guardian as who listens to it sees it. */
class PaperGuardian extends EventEmitter {
  state = 'running'

  tell(name: string, ...payload: unknown[]): void {
    this.emit(name, ...payload)
  }

  status() {
    return { state: this.state }
  }
}

function narrated(t: TestContext, command = 'cat') {
  const directory = temporaryDirectory(t)
  const [alerts, log] = [join(directory, 'alerts'), join(directory, 'log')]
  const clock = new FakeClock()
  const options = { alerts: { command: `${command} >> ${alerts}` }, log: { file: log } }
  const narrator = new Narrator(parseGuard('master.js', options, clock))
  const guardian = new PaperGuardian()
  narrator.follow(guardian as unknown as Guardian)
  const lines = (file: string) => {
    const text = readFileSync(file, 'utf8').trim()
    return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
  }
  return {
    clock,
    guardian,
    narrator,
    alerts: () => lines(alerts).map(({ kind, subject, state }) => `${kind} of ${subject} ${state}`),
    data: () => lines(alerts).map(({ data }) => data),
    log: () => lines(log).map(({ time: _, ...line }) => line),
  }
}

describe('what happens to a guardian', () => {
  test('is told to people once they have to know, and when it is well again', async (t) => {
    const { clock, guardian, narrator, alerts } = narrated(t)
    guardian.tell('masterSettled', { generation: 1 })
    guardian.tell('masterDied', DEATH)
    guardian.tell('crashloop', FIGURES)
    guardian.tell('gaveUp', FIGURES)
    guardian.tell('masterSettled', { generation: 2 })
    clock.advance(59_999)
    guardian.tell('restartFailed', { generation: 3, error: new Error('no') })
    clock.advance(60_000)
    guardian.tell('masterSettled', { generation: 4 })
    guardian.tell('stopping')
    clock.advance(60_000)
    await narrator.stop()
    assert.deepEqual(alerts().sort(), [
      ...['crashLoop of master raised', 'crashLoop of master recovered'],
      ...['gaveUp of master raised', 'gaveUp of master recovered'],
      ...['masterDied of master raised', 'masterDied of master recovered'],
    ])
  })

  test('is not told of an upgrade that ends with all the rest', async (t) => {
    const { guardian, narrator, alerts } = narrated(t)
    const failed = { generation: 2, error: new Error('no') }
    guardian.tell('upgradeFailed', failed)
    guardian.tell('upgraded', { from: 1, to: 3 })
    guardian.state = 'stopping'
    guardian.tell('upgradeFailed', { ...failed, generation: 4 })
    await narrator.stop()
    assert.deepEqual(alerts(), ['upgradeFailed of master raised', 'upgradeFailed of master recovered'])
  })

  test('is told with the stack of a master that hung', async (t) => {
    const { guardian, narrator, alerts, data } = narrated(t)
    guardian.tell('masterHang', { generation: 1, hang: { stack: 'at loop' } })
    guardian.tell('masterSilent', { generation: 1 })
    await narrator.stop()
    assert.deepEqual(alerts(), ['masterHung of master raised'])
    assert.deepEqual(data(), [{ generation: 1, stack: 'at loop' }])
  })

  test('is told as the master has it', async (t) => {
    const { guardian, narrator, alerts } = narrated(t)
    const alert = { kind: 'crashLoop', subject: 'web', text: 'a', data: {} }
    guardian.tell('alert', { ...alert, recovered: true })
    guardian.tell('alert', { ...alert, recovered: false })
    guardian.tell('alert', { ...alert, recovered: true })
    await narrator.stop()
    assert.deepEqual(alerts(), ['crashLoop of web raised', 'crashLoop of web recovered'])
  })

  test('is written to the log, also that an alert could not be delivered', async (t) => {
    const { guardian, narrator, log } = narrated(t, 'exit 1; cat')
    guardian.tell('masterDied', DEATH)
    guardian.tell('stopped')
    await narrator.stop()
    const [died, stopped, failed] = log()
    assert.deepEqual(died, { source: 'guardian', event: 'masterDied', ...DEATH })
    assert.deepEqual(stopped, { source: 'guardian', event: 'stopped' })
    assert.equal(failed!.event, 'notTold')
    assert.equal((failed!.error as { code: string }).code, 'ERR_MANIFOLD_ALERT')
  })
})
