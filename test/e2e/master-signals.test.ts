import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertNoLeaks, isAlive, snapshot } from '../helpers/leaks.js'
import { describeFailures, LoadClient, summarize } from '../helpers/load-client.js'
import { until } from '../helpers/wait.js'
import { getOnce, HttpClient, pidOf } from './http-client.js'
import { MasterProcess } from './master-process.js'
import { plainPolicies } from './policies.js'
import { fixture } from './service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

/** Longer than a worker may take an offered connection, in any case. */
const STOPPED_MS = 1_500

for (const { name, policy, skip, handsOver } of plainPolicies) {
  const group = { exec: fixture('services/obedient-server'), workers: 2, policy, keepAliveGraceMs: 1_000 }

  describe(`${name}: a master`, { skip, concurrency: true }, () => {
    it('that is stopped for a while costs nothing but time', async () => {
      await using master = await MasterProcess.start(group)
      const workers = [...master.serving]
      await using load = new LoadClient({ target: { port: master.port }, rate: 100, keptConnections: 10 })
      // Until connections come and go: of those that last, one may be in the hands of the master as it is stopped.
      await until(() => load.report().ok > 60, { what: 'first answers' })
      master.signal('SIGSTOP')
      await sleep(STOPPED_MS)
      master.signal('SIGCONT')
      await sleep(300)
      const report = await load.stop()
      assert.equal(report.failures.length, 0, `${summarize(report)}\n${describeFailures(report.failures)}`)
      if (!handsOver) assert.ok(report.newConnectionMs.max < STOPPED_MS, summarize(report))
      assert.deepEqual([...master.serving], workers, 'they still serve, and are the same')
    })

    it('that is killed leaves workers that finish what they have, and end', async () => {
      await using master = await MasterProcess.start(group)
      using idle = await HttpClient.connect(master.port)
      await idle.get()
      using busy = await HttpClient.connect(master.port)
      await busy.get()
      // Its stderr goes through the master, who is gone by then.
      const answer = busy.get('/slow-log')
      await getOnce(master.port)
      master.signal('SIGKILL')
      assert.ok(master.pids.has(pidOf(await answer)))
      assert.equal(await idle.ended, 'closed')
      await until(() => ![...master.pids].some(isAlive), { what: 'the end of the orphans' })
      await assert.rejects(HttpClient.connect(master.port), { code: 'ECONNREFUSED' })
    })
  })
}
