import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { assertNoLeaks, isAlive, snapshot } from '../helpers/leaks.js'
import {
  describeFailures,
  type Failure,
  LoadClient,
  type LoadReport,
  summarize,
} from '../helpers/load-client.js'
import { until } from '../helpers/wait.js'
import { getOnce } from './http-client.js'
import { policies } from './policies.js'
import { fixture, Service, signal } from './service.js'

const KILLS = 9
const MASSACRES = 2
const WORKERS = 3

/** How long after the death of a process its client may hear of it, besides what the client itself is late. */
const NEWS_MS = 1_000
/** Less than the load client takes for a hang, and more than a sibling needs on a busy machine. */
const LONGEST_WAIT_MS = 3_000
/** With no sibling there, the start of the successors comes on top. */
const PATIENCE_MS = 15_000

interface Kill {
  pid: number
  /** When, in milliseconds since the load began. */
  atMs: number
}

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

/** So that each worker dies with work in its hands. */
async function someAnswers(load: LoadClient): Promise<void> {
  const { ok } = load.report()
  await until(() => load.report().ok >= ok + 10, { what: 'answers', intervalMs: 5 })
}

/** Every request that failed was on a connection that a killed process had accepted. */
function assertOnlyKilled(report: LoadReport, kills: readonly Kill[], longestMs = LONGEST_WAIT_MS): void {
  const newsMs = NEWS_MS + report.lateMs
  const strange = report.failures.filter((failure) => !kills.some((kill) => diedWith(failure, kill, newsMs)))
  assert.equal(strange.length, 0, `${summarize(report)}\n${describeFailures(strange)}`)
  assert.ok(report.newConnectionMs.max < longestMs + report.lateMs, summarize(report))
}

/** Of a new connection nobody has told who accepted it; but it was lost at the moment of a kill. */
function diedWith(failure: Failure, kill: Kill, newsMs: number): boolean {
  const reset = ['reset-fresh', 'reset-reused', 'reset-mid-response'].includes(failure.class)
  const then = failure.atMs >= kill.atMs && failure.atMs < kill.atMs + newsMs
  const unknown = failure.pid === undefined && failure.requestsBefore === 0
  return reset && then && (failure.pid === kill.pid || unknown)
}
