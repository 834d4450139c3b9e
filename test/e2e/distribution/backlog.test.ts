import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { BacklogFull } from '@manifold/groups'
import { assertNoLeaks, snapshot, socketsOf } from '../../helpers/leaks.js'
import { until } from '../../helpers/wait.js'
import { getOnce, HttpClient } from '../http-client.js'
import { policies } from '../policies.js'
import { fixture, Service, signal } from '../service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const exec = fixture('services/obedient-server')
const BACKLOG = 8
/** With those that two workers have been offered. */
const MOST_HELD = BACKLOG + 2 * 8
/** So many that the workers cannot have all the others in hand. */
const CLIENTS = 40

/** Connections that the master has accepted and not yet handed over. */
function heldByMaster(port: number): number {
  return socketsOf(process.pid).filter(
    ({ type, listening, local }) => type === 'tcp' && !listening && local === port,
  ).length
}

for (const { name, policy, skip, handsOver } of policies) {
  if (!handsOver) continue
  describe(`${name}: while nobody can take a connection`, { skip, concurrency: true }, () => {
    it('the master holds so many, says so once, and the kernel queues the others', async () => {
      await using service = await Service.start({
        ...{ exec, workers: 2, policy },
        listen: { http: { port: 0, host: '127.0.0.1', backlog: BACKLOG } },
      })
      const full: BacklogFull[] = []
      service.master.on('backlog', (event) => full.push(event))
      const workers = await service.served()
      for (const worker of workers) await service.order(worker, { do: 'limit', connections: 1 })
      const kept = await Promise.all(workers.map(() => HttpClient.connect(service.port)))
      for (const client of kept) await client.get()
      const answers = Array.from({ length: CLIENTS }, () => getOnce(service.port))
      await until(() => full.length > 0, { what: 'the event' })
      assert.ok(heldByMaster(service.port) <= MOST_HELD)
      for (const client of kept) client.destroy()
      for (const worker of workers) await service.order(worker, { do: 'limit' })
      assert.equal((await Promise.all(answers)).length, CLIENTS)
      const [event] = full
      const { group, socket, waiting, code } = event!
      assert.deepEqual([group, socket, code], ['web', 'http', 'ERR_MANIFOLD_BACKLOG_FULL'])
      // What a full worker has just given back counts, too.
      assert.ok(waiting >= BACKLOG && waiting <= MOST_HELD, String(waiting))
      await until(() => heldByMaster(service.port) === 0, { what: 'nothing left with the master' })
      await getOnce(service.port)
    })

    it('since all workers are killed, all waits in the kernel', async () => {
      await using service = await Service.start({ exec, workers: 2, policy })
      const workers = await service.served()
      for (const { pid } of workers) signal(pid, 'SIGKILL')
      const answers = Array.from({ length: 30 }, () => getOnce(service.port))
      const pids = workers.map(({ pid }) => pid)
      for (const { pid } of await Promise.all(answers)) assert.ok(!pids.includes(pid))
      await service.served(pids)
    })

    it('without workers nobody is refused who comes then, nor who waits until there are some', async () => {
      await using service = await Service.start({ exec, workers: 1, policy })
      const [worker] = await service.served()
      signal(worker?.pid, 'SIGKILL')
      const answers = await Promise.all(Array.from({ length: 10 }, () => getOnce(service.port)))
      for (const { pid } of answers) assert.notEqual(pid, worker?.pid)
    })
  })
}
