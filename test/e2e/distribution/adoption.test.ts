import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Worker } from '@manifold/groups'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { once, until } from '../../helpers/wait.js'
import { getOnce } from '../http-client.js'
import { policies } from '../policies.js'
import { fixture, Service, signal } from '../service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const WORKERS = 4
const exec = fixture('services/obedient-server')
const heartbeat = { intervalMs: 50, timeoutMs: 250 }

/** Resolves with the processes that answered `count` clients, who came at the same time. */
async function answering(service: Service, count: number): Promise<Set<number>> {
  const answers = await Promise.all(Array.from({ length: count }, () => getOnce(service.port)))
  return new Set(answers.map(({ pid }) => pid))
}

function said(service: Service, event: 'silent' | 'heard', { id }: Worker): Promise<unknown> {
  return once<[Worker]>(service.master, event, { filter: (worker) => worker.id === id })
}

for (const { name, policy, skip } of policies) {
  describe(`${name}: a worker that is stopped`, { skip, concurrency: true }, () => {
    it('has siblings serve its clients, also those that came before it was noticed', async () => {
      await using service = await Service.start({ exec, workers: WORKERS, policy, heartbeat })
      const [stopped, ...others] = (await service.served()) as [Worker, ...Worker[]]
      const silent = said(service, 'silent', stopped)
      signal(stopped.pid, 'SIGSTOP')
      const early = answering(service, 40)
      await silent
      const late = answering(service, 40)
      for (const pids of await Promise.all([early, late])) {
        for (const pid of pids) assert.ok(others.some((worker) => worker.pid === pid))
      }
      const heard = said(service, 'heard', stopped)
      signal(stopped.pid, 'SIGCONT')
      await heard
      if (name !== 'sticky') {
        await until(async () => (await answering(service, 8)).has(stopped.pid!), { what: 'its own clients' })
      }
      assert.ok((await answering(service, 40)).size >= 1)
      assert.deepEqual(await service.served(), [stopped, ...others], 'nobody was replaced')
    })

    it('may be one of several, up to all but one', async () => {
      await using service = await Service.start({ exec, workers: WORKERS, policy, heartbeat })
      const workers = await service.served()
      const [last, ...stopped] = workers as [Worker, ...Worker[]]
      for (const worker of stopped) {
        const silent = said(service, 'silent', worker)
        signal(worker.pid, 'SIGSTOP')
        await silent
        assert.ok(!(await answering(service, 20)).has(worker.pid!))
      }
      assert.deepEqual([...(await answering(service, 20))], [last.pid])
      const heard = stopped.map((worker) => said(service, 'heard', worker))
      for (const { pid } of stopped) signal(pid, 'SIGCONT')
      await Promise.all(heard)
      await answering(service, 40)
      assert.deepEqual(await service.served(), workers)
    })

    it('that is killed after that leaves nobody waiting', async () => {
      await using service = await Service.start({ exec, workers: 2, policy, heartbeat })
      const [stopped] = (await service.served()) as [Worker]
      const silent = said(service, 'silent', stopped)
      signal(stopped.pid, 'SIGSTOP')
      await silent
      await answering(service, 10)
      signal(stopped.pid, 'SIGKILL')
      const [, pids] = await Promise.all([service.served([stopped.pid]), answering(service, 40)])
      assert.ok(!pids.has(stopped.pid!))
      await answering(service, 10)
    })
  })
}
