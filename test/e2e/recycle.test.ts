import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { GroupOptions, Worker } from '@manifold/groups'
import type { Breach, SuperviseOptions } from '@manifold/health'
import { assertNoLeaks, snapshot } from '../helpers/leaks.js'
import { describeFailures, LoadClient, summarize } from '../helpers/load-client.js'
import { once } from '../helpers/wait.js'
import { fixture, Service } from './service.js'

const MB = 1_000_000
const exec = fixture('services/leaks')
const heartbeat = { intervalMs: 50, timeoutMs: 10_000 }

const before = snapshot()
after(() => assertNoLeaks(before))

type Recycled = Breach & { readonly worker: Worker }

/** Puts a service under load until so many workers have been recycled and are gone; no request may fail. */
async function underLoad(
  group: Omit<GroupOptions, 'exec'>,
  recycle: NonNullable<SuperviseOptions['recycle']>,
  { count, rate }: { count: number; rate: number },
): Promise<Recycled[]> {
  await using service = await Service.start({ exec, heartbeat, ...group }, { recycle })
  const { master, supervisor } = service
  const begun: Recycled[] = []
  const going = new Set<Worker>()
  let most = 0
  let fewest = Number.POSITIVE_INFINITY
  supervisor.on('recycle', (event) => {
    begun.push(event)
    going.add(event.worker)
    most = Math.max(most, [...going].filter(({ state }) => state !== 'exited').length)
  })
  supervisor.on('recycleFailed', ({ error }) => assert.fail(error))
  const look = () => {
    const ready = service.group.workers.filter(({ state }) => state === 'ready').length
    fewest = Math.min(fewest, ready)
  }
  for (const event of ['fork', 'ready', 'draining', 'exit'] as const) master.on(event, look)
  await using load = new LoadClient({ target: { port: service.port }, rate, keptConnections: 10 })
  let gone = 0
  await once(master, 'exit', { timeoutMs: 60_000, filter: () => ++gone === count })
  const report = await load.stop()
  assert.equal(report.failures.length, 0, `${summarize(report)}\n${describeFailures(report.failures)}`)
  assert.ok(report.ok > 0)
  assert.equal(most, 1, 'slots at a time')
  assert.ok(fewest >= Number(group.workers), `${fewest} of ${group.workers} served`)
  return begun.slice(0, count)
}

describe('under load, no request fails as workers are recycled', { concurrency: 2 }, () => {
  it('that leak, by their resident memory', async () => {
    const limit = 140 * MB
    const recycled = await underLoad({ workers: 2 }, { maxRssBytes: limit }, { count: 3, rate: 120 })
    for (const { cause, value, limit: own } of recycled) {
      assert.equal(cause, 'rss')
      assert.ok(value >= own && own > 0.9 * limit - 1 && own <= limit)
      assert.ok(value < 2 * limit, `${value} bytes`)
    }
    assert.deepEqual(new Set(recycled.map(({ worker }) => worker.slot)), new Set([0, 1]))
  })

  it('whose heap is nearly full, without any option', async () => {
    const group = {
      ...{ workers: 2, execArgv: ['--max-old-space-size=250'] },
      env: { LEAK: 'heap', LEAK_KB: '900', LEAK_MAX_MB: '196' },
    }
    const [first] = await underLoad(group, {}, { count: 1, rate: 60 })
    assert.equal(first?.cause, 'heap')
    assert.equal(first.limit, Math.round(0.75 * 250 * 2 ** 20))
  })

  it('that have served enough, each after a number of its own', async () => {
    const [jitter, maxRequests] = [0.5, 200]
    const group = { workers: 3, env: { LEAK_KB: '0' } }
    const recycled = await underLoad(group, { maxRequests, jitter }, { count: 3, rate: 80 })
    const limits = recycled.map(({ limit }) => limit)
    // Of three numbers out of a hundred two may be the same.
    assert.ok(new Set(limits).size > 1, limits.join())
    for (const { cause, value, limit } of recycled) {
      assert.equal(cause, 'requests')
      assert.ok(value >= limit && limit >= (1 - jitter) * maxRequests && limit <= maxRequests)
    }
  })

  it('that are old, and of which there is only one', async () => {
    const group = { workers: 1, env: { LEAK_KB: '0' } }
    const recycled = await underLoad(group, { maxAgeMs: 1_500 }, { count: 3, rate: 80 })
    assert.deepEqual(
      recycled.map(({ cause }) => cause),
      ['age', 'age', 'age'],
    )
  })
})
