import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { MasterEvents, Worker } from '@manifold/groups'
import { assertNoLeaks, snapshot } from '../helpers/leaks.js'
import { describeFailures, LoadClient, summarize } from '../helpers/load-client.js'
import { once, until } from '../helpers/wait.js'
import { HttpClient, pidOf } from './http-client.js'
import { policies } from './policies.js'
import { fixture, Service } from './service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

describe('under load, a worker with an uncaught exception', { concurrency: 2 }, () => {
  for (const { name, policy, skip } of policies) {
    it(`${name}: answers what it has, is succeeded, and costs no request`, { skip }, async () => {
      await using service = await Service.start({
        exec: fixture('services/obedient-server'),
        workers: 3,
        policy,
      })
      await using load = new LoadClient({ target: { port: service.port }, rate: 100, sources: 50 })
      using client = await HttpClient.connect(service.port)
      const pid = pidOf(await client.get())
      const worker = service.group.workers.find((one) => one.pid === pid)!
      const events: string[] = []
      for (const event of ['uncaught', 'draining', 'disconnect', 'exit'] as const) {
        service.master.on(event, (one: Worker, ..._: unknown[]) => {
          if (one.id === worker.id) events.push(event)
        })
      }
      const exit = once<MasterEvents['exit']>(service.master, 'exit', { timeoutMs: 30_000 })
      const uncaught = once<MasterEvents['uncaught']>(service.master, 'uncaught')

      const answer = client.get('/held')
      // What was sent on the connection before is there when the order is.
      await someAnswers(load)
      await service.order(worker, { do: 'throw' })
      const [told, { origin, error }] = await uncaught
      assert.deepEqual([told, origin, error.message], [worker, 'uncaughtException', 'as ordered'])
      // The successor serves while this one has not finished.
      await service.served([pid])
      assert.ok(service.group.workers.includes(worker), 'the successor waits for nobody')
      worker.send({ do: 'let go' })
      const { status, headers } = await answer
      assert.deepEqual([status, headers.get('x-pid')], [200, String(pid)])
      const [gone, reason] = await exit
      assert.deepEqual([gone, reason], [worker, { type: 'exited', code: 1, asked: false }])
      assert.deepEqual(events, ['uncaught', 'draining', 'disconnect', 'exit'])
      assert.equal(worker.destroyedConnections, 0)

      await someAnswers(load)
      const report = await load.stop()
      assert.equal(report.failures.length, 0, `${summarize(report)}\n${describeFailures(report.failures)}`)
    })
  }
})

async function someAnswers(load: LoadClient): Promise<void> {
  const { ok } = load.report()
  await until(() => load.report().ok >= ok + 10, { what: 'answers', intervalMs: 5 })
}
