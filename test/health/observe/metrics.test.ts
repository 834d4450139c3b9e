import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { type GroupOptions, Master, type Worker } from '@manifold/groups'
import { type Supervisor, supervise } from '@manifold/health'
import { fixture } from '../../helpers/fixture.js'
import { once } from '../../helpers/wait.js'
import { Exposition } from './prometheus.js'

const listen = { http: { port: 0, host: '127.0.0.1' } }
const counting: GroupOptions = { exec: fixture('observe/counts-requests'), workers: 2, listen }

class Scraped {
  readonly master: Master
  readonly supervisor: Supervisor

  constructor(t: TestContext, groups: Record<string, GroupOptions>) {
    this.master = new Master({ groups })
    this.supervisor = supervise(this.master, {
      restart: { minDelayMs: 10, maxDelayMs: 10, stableAfterMs: 0 },
      // Who is stopped here is not to be replaced.
      heartbeat: false,
    })
    t.after(async () => {
      await this.supervisor.stop()
      for (const { workers } of this.master.groups) for (const { pid } of workers) signal(pid!, 'SIGCONT')
      this.master.destroy()
      await this.master.stop()
    })
  }

  async scrape(): Promise<Exposition> {
    const { contentType, body } = await this.supervisor.metrics()
    assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8')
    return new Exposition(body)
  }

  /** Makes so many requests, each on a connection of its own. */
  async request(count: number, group = 'web'): Promise<void> {
    const address = this.master.group(group).address('http') as { port: number }
    for (let done = 0; done < count; done++) {
      const response = await fetch(`http://127.0.0.1:${address.port}/x`, { headers: { connection: 'close' } })
      await response.text()
    }
  }

  /** Waits until all workers have said how they are now. */
  async beaten(group = 'web'): Promise<void> {
    for (let round = 0; round < 2; round++) {
      const waiting = new Set(this.master.group(group).workers.map(({ id }) => id))
      await once<[Worker]>(this.master, 'beat', {
        filter: ({ id }) => waiting.delete(id) && waiting.size === 0,
      })
    }
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function assertGrown(before: Exposition, after: Exposition): void {
  const now = after.counts
  for (const [sample, value] of before.counts) {
    assert.ok((now.get(sample) ?? Number.NaN) >= value, `${sample}: ${value}, then ${now.get(sample)}`)
  }
}

describe('a scrape', () => {
  test('has the figures of the master, its groups, slots and workers', async (t) => {
    const scraped = new Scraped(t, { web: counting, idle: { exec: fixture('workers/stay'), workers: 0 } })
    await scraped.master.start()
    await scraped.request(10)
    await scraped.beaten()
    const metrics = await scraped.scrape()
    assert.equal(metrics.get('manifold_master_state', { state: 'running' }), 1)
    assert.equal(metrics.get('manifold_master_state', { state: 'stopping' }), 0)
    assert.equal(metrics.get('manifold_group_workers', { group: 'web' }), 2)
    assert.equal(metrics.get('manifold_group_workers_serving', { group: 'web' }), 2)
    assert.equal(metrics.get('manifold_group_workers', { group: 'idle' }), 0)
    let requests = 0
    for (const slot of ['0', '1']) {
      const labels = { group: 'web', slot }
      assert.equal(metrics.get('manifold_worker_up', labels), 1)
      assert.equal(metrics.get('manifold_worker_restarts_total', labels), 0)
      assert.ok(metrics.get('manifold_worker_resident_memory_bytes', labels)! > 10_000_000)
      assert.ok(metrics.get('manifold_worker_event_loop_delay_max_seconds', labels)! < 10)
      assert.ok(metrics.get('manifold_worker_uptime_seconds', labels)! < 60)
      requests += metrics.get('manifold_worker_requests_total', labels)!
    }
    assert.equal(requests, 10)
    assert.equal(metrics.get('manifold_events_total', { source: 'master', event: 'ready', group: 'web' }), 2)
    // Measured between two scrapes.
    assert.equal(metrics.get('manifold_master_event_loop_delay_max_seconds'), undefined)
    await scraped.beaten()
    assert.ok((await scraped.scrape()).get('manifold_master_event_loop_delay_max_seconds')! >= 0)
  })

  test('sums up what applications count, over all workers of a group, and over all of their registries', async (t) => {
    const scraped = new Scraped(t, { web: counting, api: { ...counting, workers: 1 } })
    await scraped.master.start()
    await scraped.request(8)
    await scraped.request(3, 'api')
    const metrics = await scraped.scrape()
    assert.equal(metrics.get('app_hits_total', { group: 'web', path: '/x' }), 8)
    assert.equal(metrics.get('app_hits_total', { group: 'api', path: '/x' }), 3)
    assert.equal(metrics.get('app_sizes_bucket', { group: 'web', le: '+Inf' }), 8)
    assert.equal(metrics.get('app_sizes_sum', { group: 'web' }), 16)
    assert.equal(metrics.get('app_workers', { group: 'web' }), 2)
    assert.equal(metrics.get('app_limit', { group: 'web' }), Number.POSITIVE_INFINITY)
    // A name that is the framework's own is left out, and counted.
    assert.equal(metrics.get('manifold_group_workers', { group: 'web' }), 2)
    assert.equal(metrics.get('manifold_scrape_metrics_dropped', { group: 'web' }), 2)
    assert.equal(metrics.get('manifold_scrape_workers_unanswered', { group: 'web' }), undefined)
  })

  test('never has a counter fall: not when workers are killed, nor when they are replaced', async (t) => {
    const scraped = new Scraped(t, { web: counting })
    await scraped.master.start()
    await scraped.request(10)
    await scraped.beaten()
    let before = await scraped.scrape()
    const next = async () => {
      const after = await scraped.scrape()
      assertGrown(before, after)
      before = after
    }

    const [victim] = scraped.master.group('web').workers
    const respawned = once(scraped.supervisor, 'respawn')
    process.kill(victim!.pid!, 'SIGKILL')
    await once<[Worker]>(scraped.master, 'exit', { filter: ({ id }) => id === victim!.id })
    await next()
    await respawned
    await next()

    let reloading = true
    const reloaded = scraped.master
      .group('web')
      .reload()
      .finally(() => {
        reloading = false
      })
    while (reloading) {
      await next()
      await new Promise(setImmediate)
    }
    await reloaded
    await scraped.request(5)
    await scraped.beaten()
    await next()
    assert.equal(before.get('app_hits_total', { group: 'web', path: '/x' }), 15)
    assert.equal(before.get('app_workers', { group: 'web' }), 2)
    const requests = ['0', '1'].map((slot) => before.get('manifold_worker_requests_total', { slot })!)
    assert.equal(requests[0]! + requests[1]!, 15)
  })

  test('takes no longer for a worker that is stopped, and misses only what that one is now', async (t) => {
    const scraped = new Scraped(t, { web: counting })
    await scraped.master.start()
    await scraped.request(10)
    const before = await scraped.scrape()
    const [stopped, other] = scraped.master.group('web').workers
    const silent = once<[Worker]>(scraped.master, 'silent')
    process.kill(stopped!.pid!, 'SIGSTOP')

    // Before it is known to hang: the scrape waits for it, and not for long.
    const start = performance.now()
    const during = await scraped.scrape()
    assert.ok(performance.now() - start < 3_000)
    assertGrown(before, during)
    assert.equal(during.get('app_hits_total', { group: 'web', path: '/x' }), 10)
    assert.equal(during.get('app_workers', { group: 'web' }), 1)
    assert.equal(during.get('manifold_scrape_workers_unanswered', { group: 'web' }), 1)

    await silent
    const after = await scraped.scrape()
    assertGrown(during, after)
    const up = (slot: number) => after.get('manifold_worker_up', { group: 'web', slot: String(slot) })
    assert.deepEqual([up(stopped!.slot), up(other!.slot)], [0, 1])
    assert.equal(after.get('manifold_group_workers_serving', { group: 'web' }), 1)
    assert.equal(after.get('manifold_scrape_workers_unanswered', { group: 'web' }), 1)

    const heard = once<[Worker]>(scraped.master, 'heard')
    process.kill(stopped!.pid!, 'SIGCONT')
    await heard
    const again = await scraped.scrape()
    assertGrown(after, again)
    assert.equal(again.get('app_workers', { group: 'web' }), 2)
  })

  test('is shared by those who ask at the same time', async (t) => {
    const scraped = new Scraped(t, { web: counting })
    await scraped.master.start()
    const [one, other] = await Promise.all([scraped.supervisor.metrics(), scraped.supervisor.metrics()])
    assert.equal(one, other)
    assert.notEqual(await scraped.supervisor.metrics(), one)
  })

  test('works before the start, after the stop, and for workers that expose nothing', async (t) => {
    const scraped = new Scraped(t, { plain: { exec: fixture('workers/stay'), ready: 'online' } })
    assert.equal((await scraped.scrape()).get('manifold_master_state', { state: 'idle' }), 1)
    await scraped.master.start()
    const metrics = await scraped.scrape()
    assert.equal(metrics.get('manifold_worker_up', { group: 'plain', slot: '0' }), 1)
    assert.equal(metrics.get('manifold_scrape_workers_unanswered', { group: 'plain' }), undefined)
    await scraped.master.stop()
    const stopped = await scraped.scrape()
    assert.equal(stopped.get('manifold_master_state', { state: 'stopped' }), 1)
    assert.equal(stopped.get('manifold_worker_up', { group: 'plain', slot: '0' }), 0)
  })

  test('forgets a group that is removed', async (t) => {
    const scraped = new Scraped(t, { web: counting, api: counting })
    await scraped.master.start()
    await scraped.request(1, 'api')
    await scraped.scrape()
    await scraped.master.removeGroup('api')
    const metrics = await scraped.scrape()
    assert.deepEqual(
      metrics.samples.filter(({ labels }) => labels.group === 'api'),
      [],
    )
    assert.equal(metrics.get('manifold_worker_up', { group: 'web', slot: '0' }), 1)
  })
})
