import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Vitals } from '@manifold/core'
import type { Worker } from '@manifold/groups'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { once } from '../../helpers/wait.js'
import { getOnce } from '../http-client.js'
import { policies } from '../policies.js'
import { fixture, Service } from '../service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const exec = fixture('services/obedient-server')
/** Longer than a machine with other things to do is late. */
const BUSY_MS = 300

for (const { name, policy, skip, handsOver } of policies) {
  describe(`${name}: a worker whose event loop is late`, { skip }, () => {
    it('is told of, once it has been so for long enough, and when it is over', async () => {
      await using service = await Service.start({
        ...{ exec, workers: 2, policy },
        heartbeat: { intervalMs: 100 },
        overload: { delayMs: 200, forMs: 300 },
      })
      const [late, other] = await service.served()
      const said: [string, number | undefined][] = []
      for (const event of ['overload', 'relieved'] as const)
        service.master.on(event, (...[worker]) => {
          said.push([event, worker.pid])
        })
      let over = false
      const told = once<[Worker, Vitals]>(service.master, 'overload').finally(() => {
        over = true
      })
      while (!over) await service.order(late!, { do: 'block', ms: BUSY_MS })
      const [worker, vitals] = await told
      assert.equal(worker.pid, late?.pid)
      assert.ok(vitals.delayP99Ms > 200, JSON.stringify(vitals))
      // Who binds a client to a worker leaves it there.
      if (handsOver && !name.startsWith('sticky') && name !== 'custom') {
        const answers = await Promise.all(Array.from({ length: 8 }, () => getOnce(service.port)))
        for (const { pid } of answers) assert.equal(pid, other?.pid)
      }
      const [relieved] = await once<[Worker]>(service.master, 'relieved')
      assert.equal(relieved.pid, late?.pid)
      assert.deepEqual(said, [
        ['overload', late?.pid],
        ['relieved', late?.pid],
      ])
    })
  })
}
