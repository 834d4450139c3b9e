import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { assertNoLeaks, snapshot } from '../helpers/leaks.js'
import { describeFailures, LoadClient, summarize } from '../helpers/load-client.js'
import { until } from '../helpers/wait.js'
import { Guarded, web } from './guarded.js'
import { assertOnlyKilled, type Kill } from './losses.js'
import { plainPolicies } from './policies.js'
import { signal } from './service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const BEAT_MS = 500

for (const { name, policy, skip } of plainPolicies) {
  describe(`${name}: under load`, { skip }, () => {
    it('a master is killed, is upgraded, fails to be, and hangs, and nothing is lost but what it had in its hands', async () => {
      const config = { groups: { web: web({ policy }) } }
      await using service = await Guarded.start(config, { heartbeat: { timeoutMs: BEAT_MS } })
      const load = new LoadClient({ target: { port: service.portOf('http') }, rate: 80, keptConnections: 8 })
      await until(() => load.report().ok > 20, { what: 'first answers' })

      const kills: Kill[] = []
      const kill = () => kills.push({ pid: service.master, atMs: load.report().durationMs })

      const gone = service.next('generationGone')
      for (let times = 0; times < 2; times++) {
        kill()
        await service.killMaster()
      }
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
      kill()
      await settled

      await until(async () => (await service.status()).generations.length === 1, {
        what: 'the end of those before',
      })
      const report = await load.stop()
      assertOnlyKilled(report, kills)
      // In the moment of its death a master may be handing a connection on.
      const { failures } = report
      assert.ok(failures.length <= kills.length, `${summarize(report)}\n${describeFailures(failures)}`)
      await service.stop()
    })
  })
}
