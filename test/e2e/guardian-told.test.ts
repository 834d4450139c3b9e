import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { temporaryDirectory } from '../helpers/fixture.js'
import { assertNoLeaks, snapshot } from '../helpers/leaks.js'
import { until } from '../helpers/wait.js'
import { Guarded, web } from './guarded.js'
import { getOnce } from './http-client.js'
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

describe('people are told', { concurrency: true }, () => {
  it('that a master died, and that an upgrade failed, and of the end of both', async (t) => {
    const ears = told(t)
    const config = { groups: { web: web() } }
    await using service = await Guarded.start(config, ears.options)
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

  it('that masters die over and over, and no other is started until one is asked for', async (t) => {
    const ears = told(t)
    const config = { groups: { web: web() } }
    const pace = { maxRestarts: 1, withinMs: 3_000, minDelayMs: 10, maxDelayMs: 10 }
    await using service = await Guarded.start(config, {
      ...ears.options,
      restart: { ...pace, onCrashLoop: 'giveUp' },
    })
    const port = service.portOf('http')
    service.configure({ ...config, fault: 'throws' })
    signal(service.master, 'SIGKILL')
    await ears.until('gaveUp raised')
    assert.ok((await service.status()).gaveUp)
    assert.ok(service.pids.has((await getOnce(port)).pid))
    service.configure(config)
    const settled = service.settled()
    service.signal('SIGHUP')
    await settled
    assert.equal((await service.status()).gaveUp, false)
    await ears.until('crashLoop recovered')
    await service.stop()
    await assert.rejects(getOnce(port), { code: 'ECONNREFUSED' })
    assert.deepEqual(ears.alerts().toSorted(), [
      ...['crashLoop raised', 'crashLoop recovered', 'gaveUp raised', 'gaveUp recovered'],
      ...['masterDied raised', 'masterDied recovered'],
    ])
  })

  it('that the workers of a group die over and over', async (t) => {
    const ears = told(t)
    const pace = { maxRestarts: 1, withinMs: 2_000, minDelayMs: 10, maxDelayMs: 10 }
    const config = { groups: { web: web({ workers: 1 }) }, supervise: { restart: pace } }
    await using service = await Guarded.start(config, ears.options)
    let dying = true
    const kill = ({ worker }: { worker?: number }) =>
      dying && worker !== undefined && signal(worker, 'SIGKILL')
    service.on('master', kill)
    for (const worker of service.workers) kill({ worker })
    await ears.until('crashLoop raised')
    dying = false
    await ears.until('crashLoop recovered')
    await service.stop()
    assert.deepEqual(ears.alerts(), ['crashLoop raised', 'crashLoop recovered'])
  })

  it('by the master that the guardian is lost', async (t) => {
    const ears = told(t)
    await using service = await Guarded.start({ groups: { web: web() } }, ears.options)
    signal(service.pid, 'SIGKILL')
    await ears.until('guardianLost raised')
    process.kill(service.master, 'SIGTERM')
  })
})
