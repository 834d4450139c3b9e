import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { temporaryDirectory } from '../helpers/fixture.js'
import { assertNoLeaks, snapshot } from '../helpers/leaks.js'
import { until } from '../helpers/wait.js'
import { Guarded, web } from './guarded.js'
import { signal } from './service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

/** What a command is told, and a file is written. */
function told(t: TestContext) {
  const directory = temporaryDirectory(t)
  const alerts = join(directory, 'alerts')
  const log = join(directory, 'log')
  const lines = (file: string) => {
    try {
      return readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    } catch {
      return []
    }
  }
  return {
    options: { alerts: { command: `cat >> ${alerts}` }, log: { file: log } },
    alerts: () => lines(alerts).map(({ kind, state }) => `${kind} ${state}`),
    events: () => lines(log).map(({ event }) => event),
    until: (alert: string) =>
      until(() => lines(alerts).some(({ kind, state }) => `${kind} ${state}` === alert), {
        what: () => `${alert} in ${JSON.stringify(lines(alerts))}`,
        timeoutMs: 30_000,
      }),
  }
}

describe('people are told', () => {
  it('that a master died, and that an upgrade failed, and of the end of both', async (t) => {
    const ears = told(t)
    const config = { groups: { web: web() } }
    await using service = await Guarded.start(config, ears.options)
    // Its own words come another way than those of the guardian.
    await until(() => service.masters.length > 0, { what: 'the word of the master' })
    await service.killMaster()
    await ears.until('masterDied recovered')
    service.configure({ ...config, fault: 'throws' })
    service.signal('SIGHUP')
    await ears.until('upgradeFailed raised')
    service.configure(config)
    service.signal('SIGHUP')
    await ears.until('upgradeFailed recovered')
    await service.stop()
    assert.deepEqual(ears.alerts(), [
      ...['masterDied raised', 'masterDied recovered'],
      ...['upgradeFailed raised', 'upgradeFailed recovered'],
    ])
    const events = ears.events()
    for (const event of ['masterSettled', 'masterDied', 'upgradeFailed', 'upgraded', 'generationGone']) {
      assert.ok(events.includes(event), `${event} in ${events}`)
    }
    assert.equal(events.at(-1), 'stopped')
  })

  it('by the master that the guardian is lost', async (t) => {
    const ears = told(t)
    await using service = await Guarded.start({ groups: { web: web() } }, ears.options)
    await until(() => service.masters.length > 0, { what: 'the word of the master' })
    signal(service.pid, 'SIGKILL')
    await ears.until('guardianLost raised')
    process.kill(service.master, 'SIGTERM')
  })
})
