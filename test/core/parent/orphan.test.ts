import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { end, forkFixture, heard } from '../../helpers/fixture.js'
import { isAlive } from '../../helpers/leaks.js'
import { until } from '../../helpers/wait.js'

describe('workers whose master is killed', () => {
  for (const [what, fixture, drainTimeoutMs] of [
    ['finish at once if they have nothing to do', 'stay', 600_000],
    ['finish what they have begun, up to their time', 'finish-slowly', 1_000],
    ['give up what they asked it for, and finish at once', 'wait-for-master', 600_000],
  ] as const) {
    test(what, async (t) => {
      const master = forkFixture(t, 'processes/small-master', [fixture, `${drainTimeoutMs}`])
      const pids = await heard<number[]>(master)
      t.after(() => {
        for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
      })
      assert.ok(pids.length === 3 && pids.every((pid) => isAlive(pid)))
      const start = performance.now()
      await end(master)
      await until(() => !pids.some((pid) => isAlive(pid)), { what: 'the end of all workers' })
      // `finish-slowly` waits for a message that nobody can send any more.
      if (fixture === 'finish-slowly') assert.ok(performance.now() - start >= drainTimeoutMs - 1)
    })
  }
})
