import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { GUARD_VERSION, type GuardBoot } from '@manifold/core/internal'
import type { Master } from '@manifold/groups'
import type { Supervisor } from '@manifold/health'
import { Alarms } from '@manifold/health/internal'
import { FakeClock } from '../helpers/fake-clock.js'
import { temporaryDirectory } from '../helpers/fixture.js'

/** The line to a guardian, as far as alerts go. */
class Line {
  readonly said: string[] = []
  readonly boot: GuardBoot

  constructor(alerts?: unknown) {
    const rest = { lifeline: 3, beatMs: 500, watchdog: undefined, inherited: [] }
    this.boot = { version: GUARD_VERSION, generation: 4, ...rest, alerts }
  }

  alert({ kind, subject, recovered }: { kind: string; subject: string; recovered: boolean }): void {
    this.said.push(`${kind} of ${subject} ${recovered ? 'recovered' : 'raised'}`)
  }
}

function alarms(t: TestContext, line: Line | undefined) {
  const master = new EventEmitter()
  const supervisor = new EventEmitter()
  const failures: unknown[] = []
  const host = {
    master: master as unknown as Master,
    clock: new FakeClock(),
    rulesOf: () => assert.fail(),
    emit: (...event: unknown[]) => failures.push(event),
  }
  const part = new Alarms(host, supervisor as unknown as Supervisor, line)
  t.after(() => part.stop())
  const loop = { group: 'web', restarts: 4, withinMs: 60_000, startFailures: 0, runFailures: 4 }
  return { master, supervisor, part, failures, loop }
}

describe('a supervisor', () => {
  test('has the guardian tell of a crash loop, and of its end', (t) => {
    const line = new Line()
    const { supervisor, loop } = alarms(t, line)
    supervisor.emit('crashloop', loop)
    supervisor.emit('giveup', { group: 'web', slot: 1 })
    supervisor.emit('stable', { group: 'web' })
    assert.deepEqual(line.said, [
      'crashLoop of web raised',
      'crashLoop of web raised',
      'crashLoop of web recovered',
    ])
  })

  test('tells itself once the guardian is gone, as that had been told to', async (t) => {
    const file = join(temporaryDirectory(t), 'alerts')
    const line = new Line({ command: `cat >> ${file}`, minIntervalMs: 1_000 })
    const { master, supervisor, part, failures, loop } = alarms(t, line)
    master.emit('guardianLost')
    supervisor.emit('crashloop', loop)
    await part.stop()
    const told = readFileSync(file, 'utf8').trim().split('\n')
    const kinds = told.map((text) => JSON.parse(text)).map(({ kind, subject }) => `${kind} of ${subject}`)
    assert.deepEqual(kinds.sort(), ['crashLoop of web', 'guardianLost of guardian'])
    assert.deepEqual(line.said, [])
    assert.deepEqual(failures, [])
    assert.equal(master.listenerCount('guardianLost'), 0)
  })

  test('tells what it could not tell by an event', async (t) => {
    const { master, part, failures } = alarms(t, new Line({ command: 'exit 1', minIntervalMs: 1_000 }))
    master.emit('guardianLost')
    await part.stop()
    const [[name, { error }]] = failures as [[string, { error: { code: string } }]]
    assert.deepEqual([name, error.code], ['alertFailed', 'ERR_MANIFOLD_ALERT'])
  })

  test('tells nobody if nobody is to be told, or in a way that it does not know', async (t) => {
    for (const line of [undefined, new Line(), new Line(null), new Line({ telegraph: 'yes' })]) {
      const { master, part, failures } = alarms(t, line)
      master.emit('guardianLost')
      await part.stop()
      assert.deepEqual(failures, [])
    }
  })
})
