import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { assertNoLeaks, snapshot } from '../helpers/leaks.js'
import { describeFailures, LoadClient, type LoadReport, summarize } from '../helpers/load-client.js'
import { until } from '../helpers/wait.js'
import { Guarded, web } from './guarded.js'
import { plainPolicies } from './policies.js'
import { signal } from './service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const BEAT_MS = 500

function noFailure(report: LoadReport): void {
  assert.equal(report.failures.length, 0, `${summarize(report)}\n${describeFailures(report.failures)}`)
  assert.ok(report.ok > 0)
}

for (const { name, policy, skip } of plainPolicies) {
  describe(`${name}: under load`, { skip }, () => {
    it('a master is killed, is upgraded, fails to be, and hangs, and no request fails', async () => {
      const config = { groups: { web: web({ policy }) } }
      await using service = await Guarded.start(config, { heartbeat: { timeoutMs: BEAT_MS } })
      const load = new LoadClient({ target: { port: service.portOf('http') }, rate: 80, keptConnections: 8 })
      await until(() => load.report().ok > 20, { what: 'first answers' })

      const gone = service.next('generationGone')
      await service.killMaster()
      await service.killMaster()
      await gone

      const upgraded = service.next('upgraded')
      await Promise.all([service.settled(), upgraded, service.tell('upgrade')])

      service.configure({ ...config, fault: 'throws' })
      const failed = service.next('upgradeFailed')
      service.signal('SIGUSR2')
      assert.match(((await failed) as { error?: Error }).error!.message, /exit code 1/)
      service.configure(config)

      const silent = service.next('masterSilent')
      const settled = service.settled()
      signal(service.master, 'SIGSTOP')
      await silent
      await settled

      await until(async () => (await service.status()).generations.length === 1, {
        what: 'the end of those before',
      })
      noFailure(await load.stop())
      await service.stop()
    })
  })
}
