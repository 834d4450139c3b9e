import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { assertNoLeaks, isAlive, snapshot } from '../helpers/leaks.js'
import { LoadClient } from '../helpers/load-client.js'
import { until } from '../helpers/wait.js'
import { getOnce } from './http-client.js'
import { assertOnlyKilled, type Kill, someAnswers } from './losses.js'
import { policies } from './policies.js'
import { fixture, Service, signal } from './service.js'

const KILLS = 9
const MASSACRES = 2
const WORKERS = 3

/** With no sibling there, the start of the successors comes on top. */
const PATIENCE_MS = 15_000

const before = snapshot()
after(() => assertNoLeaks(before))

describe('under load, with workers killed', { concurrency: 2 }, () => {
  for (const { name, policy, skip } of policies) {
    it(`${name}: one after another, only what they had read is lost`, { skip }, async () => {
      await using service = await Service.start({
        exec: fixture('services/obedient-server'),
        workers: WORKERS,
        policy,
      })
      await using load = new LoadClient({ target: { port: service.port }, rate: 100, sources: 50 })
      const kills: Kill[] = []
      for (let count = 0; count < KILLS; count++) {
        await someAnswers(load)
        const { pid } = service.serving(count % WORKERS)!
        kills.push({ pid: pid!, atMs: load.report().durationMs })
        signal(pid, 'SIGKILL')
        await service.served(kills.map((kill) => kill.pid))
      }
      await someAnswers(load)
      const report = await load.stop()
      assertOnlyKilled(report, kills)
    })

    it(`${name}: all at once, new connections wait for the successors`, { skip }, async () => {
      await using service = await Service.start({
        exec: fixture('services/obedient-server'),
        workers: 2,
        policy,
      })
      const killed = service.group.workers.map(({ pid }) => pid!)
      for (const pid of killed) signal(pid, 'SIGKILL')
      await until(() => !killed.some(isAlive), { what: 'the death of all workers', intervalMs: 1 })
      const answers = await Promise.all(Array.from({ length: 30 }, () => getOnce(service.port)))
      for (const { pid } of answers) assert.ok(service.pids.has(pid) && !killed.includes(pid))
    })

    it(`${name}: all at once and again, only what they had read is lost`, { skip }, async () => {
      await using service = await Service.start({
        exec: fixture('services/obedient-server'),
        workers: WORKERS,
        policy,
      })
      await using load = new LoadClient({
        target: { port: service.port },
        rate: 100,
        sources: 50,
        timeoutMs: PATIENCE_MS,
      })
      const kills: Kill[] = []
      for (let count = 0; count < MASSACRES; count++) {
        await someAnswers(load)
        const { durationMs: atMs } = load.report()
        for (const { pid } of service.group.workers) {
          kills.push({ pid: pid!, atMs })
          signal(pid, 'SIGKILL')
        }
        await service.served(kills.map((kill) => kill.pid))
      }
      await someAnswers(load)
      const report = await load.stop()
      assertOnlyKilled(report, kills, PATIENCE_MS)
    })
  }
})
