import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, test } from 'node:test'
import { ManifoldError } from '@manifold/core'
import type { SlotState, Vitals, Worker } from '@manifold/groups'
import { parseOptions, Recycles } from '@manifold/health/internal'
import { FakeClock } from '../../helpers/fake-clock.js'

const MB = 1_000_000
/** What a promise leads to happens a few turns later. */
const settled = () => new Promise(setImmediate)

interface PaperWorker extends Worker {
  state: Worker['state']
  rssBytes: number
}

/** A master as the recycling sees it: events, a state, and groups whose workers can be replaced. */
class PaperMaster extends EventEmitter {
  state = 'running'
  readonly reloading = new Set<string>()
  readonly slots = new Map<string, { state: SlotState; worker: PaperWorker | undefined }[]>()
  /** What is awaited before a successor serves. */
  outcome: () => Promise<void> = async () => {}
  readonly #clock: FakeClock
  #lastId = 0

  constructor(clock: FakeClock, groups: Record<string, number>) {
    super()
    this.#clock = clock
    for (const [name, count] of Object.entries(groups)) {
      this.slots.set(name, [])
      for (let slot = 0; slot < count; slot++)
        this.slots.get(name)!.push({ state: 'serving', worker: this.#create(name, slot) })
    }
  }

  group(name: string) {
    const slots = this.slots.get(name)!
    return {
      name,
      status: () => ({
        reloading: this.reloading.has(name),
        slots: slots.map(({ state, worker }) => ({ state, worker: worker ? { id: worker.id } : null })),
      }),
      replace: async (index: number) => {
        const slot = slots[index]!
        const old = slot.worker!
        slot.state = 'replacing'
        try {
          await this.outcome()
        } catch (error) {
          slot.state = 'serving'
          throw error
        }
        slot.worker = this.#create(name, index)
        slot.state = 'serving'
        this.emit('ready', slot.worker)
        old.state = 'draining'
        this.emit('draining', old, 'replace')
        return slot.worker
      },
    }
  }

  worker(name: string, slot: number): PaperWorker {
    return this.slots.get(name)![slot]!.worker!
  }

  beat(worker: PaperWorker, more: Partial<Vitals> = {}): void {
    const heap = { heapUsedBytes: 10 * MB, heapLimitBytes: 1_000 * MB }
    this.emit('beat', worker, { rssBytes: worker.rssBytes, ...heap, requests: 0, ...more })
  }

  /** All workers beat, so often. */
  beatAll(times = 1): void {
    for (let n = 0; n < times; n++)
      for (const slots of this.slots.values())
        for (const { worker } of slots) if (worker?.state === 'ready') this.beat(worker)
  }

  end(worker: PaperWorker): void {
    worker.state = 'exited'
    this.emit('exit', worker, { type: 'exited', code: 0, asked: true })
  }

  #create(group: string, slot: number): PaperWorker {
    const bornAt = this.#clock.now()
    const clock = this.#clock
    const worker = { id: ++this.#lastId, group, slot, state: 'ready', rssBytes: 50 * MB }
    return Object.defineProperty(worker, 'uptimeMs', { get: () => clock.now() - bornAt }) as PaperWorker
  }
}

interface Setup {
  readonly groups?: Record<string, number>
  readonly options?: object
  readonly memory?: () => { usedBytes: number; limitBytes: number } | undefined
}

function recycling({ groups = { web: 3 }, options = {}, memory = () => undefined }: Setup = {}) {
  const clock = new FakeClock()
  clock.chance = 0
  const master = new PaperMaster(clock, groups)
  const events: string[] = []
  const loops = new Set<string>()
  const emit = (name: string, event: Record<string, unknown>) => {
    const who = (worker: unknown) => `${(worker as Worker).group}/${(worker as Worker).slot}`
    const { worker, cause, usedBytes } = event
    events.push([name, worker && who(worker), cause, usedBytes].filter(Boolean).join(' '))
  }
  const host = {
    ...{ master, clock, emit },
    rulesOf: parseOptions(options, clock).rulesOf,
  } as unknown as ConstructorParameters<typeof Recycles>[0]
  const recycles = new Recycles(
    host,
    (group) => loops.has(group),
    async () => memory(),
  )
  return { clock, master, events, loops, recycles }
}

const largeLimit = { recycle: { maxRssBytes: 100 * MB, jitter: 0 } }

describe('recycling', () => {
  test('replaces a worker that is too large, and says so', async () => {
    const { master, events } = recycling({ options: largeLimit })
    master.worker('web', 1).rssBytes = 120 * MB
    master.beatAll(2)
    assert.deepEqual(events, [])
    master.beatAll()
    assert.deepEqual(events, ['recycle web/1 rss'])
    await settled()
    assert.deepEqual(events, ['recycle web/1 rss', 'recycled web/1'])
  })

  test('takes one at a time, the worst first, and the next when the one before is gone', async () => {
    const { master, events, clock } = recycling({ options: largeLimit })
    clock.advance(60_000)
    const [one, two, three] = [0, 1, 2].map((slot) => master.worker('web', slot))
    one!.rssBytes = 110 * MB
    two!.rssBytes = 300 * MB
    three!.rssBytes = 200 * MB
    master.reloading.add('web')
    master.beatAll(3)
    master.reloading.clear()
    clock.advance(200)
    master.beatAll()
    assert.deepEqual(events, ['recycle web/1 rss'])
    await settled()
    clock.advance(60_000)
    master.beatAll(5)
    assert.deepEqual(events, ['recycle web/1 rss', 'recycled web/1'])
    master.end(two!)
    assert.deepEqual(events.slice(2), ['recycle web/2 rss'])
    await settled()
    master.end(three!)
    assert.deepEqual(events.slice(3), ['recycled web/2', 'recycle web/0 rss'])
  })

  test('groups do not wait for each other', () => {
    const { master, events } = recycling({ groups: { web: 1, api: 1 }, options: largeLimit })
    for (const name of ['web', 'api']) master.worker(name, 0).rssBytes = 120 * MB
    master.beatAll(3)
    assert.deepEqual(events, ['recycle web/0 rss', 'recycle api/0 rss'])
  })

  test('has rules for each group', () => {
    const options = {
      ...largeLimit,
      groups: { api: { recycle: false }, web: { recycle: { maxRequests: 5 } } },
    }
    const { master, events } = recycling({ groups: { web: 1, api: 1 }, options })
    master.worker('api', 0).rssBytes = 120 * MB
    master.beatAll(5)
    assert.deepEqual(events, [])
    master.beat(master.worker('web', 0), { requests: 5 })
    assert.deepEqual(events, ['recycle web/0 requests'])
  })

  test('a worker that has become smaller before its turn stays', () => {
    const { master, events, clock } = recycling({ options: largeLimit })
    master.reloading.add('web')
    master.worker('web', 0).rssBytes = 120 * MB
    master.beatAll(3)
    master.worker('web', 0).rssBytes = 50 * MB
    master.beatAll()
    master.reloading.clear()
    clock.advance(1_000)
    master.beatAll(3)
    assert.deepEqual(events, [])
  })

  for (const state of ['starting', 'replacing', 'emptying'] as const) {
    test(`waits while another slot is ${state}`, () => {
      const { master, events, clock } = recycling({ options: largeLimit })
      master.slots.get('web')![0]!.state = state
      master.worker('web', 1).rssBytes = 120 * MB
      for (let n = 0; n < 10; n++) {
        master.beatAll()
        clock.advance(100_000)
      }
      assert.deepEqual(events, [])
      master.slots.get('web')![0]!.state = 'serving'
      master.beatAll()
      assert.deepEqual(events, ['recycle web/1 rss'])
    })
  }

  test('waits for a vacant slot for a minute, and in a crash loop until that is over', () => {
    const { master, events, clock, loops } = recycling({ options: largeLimit })
    const lost = master.worker('web', 0)
    Object.assign(master.slots.get('web')![0]!, { state: 'vacant', worker: undefined })
    master.emit('vacant', { group: 'web', slot: 0, worker: lost })
    master.worker('web', 1).rssBytes = 120 * MB
    master.beatAll(3)
    clock.advance(59_000)
    master.beatAll()
    assert.deepEqual(events, [])
    loops.add('web')
    clock.advance(600_000)
    master.beatAll()
    assert.deepEqual(events, [])
    loops.clear()
    clock.advance(1_000)
    master.beatAll()
    assert.deepEqual(events, ['recycle web/1 rss'])
  })

  test('age is seen to without a beat, from when a worker was ready', () => {
    const { master, events, clock } = recycling({ options: { recycle: { maxAgeMs: 10_000, jitter: 0 } } })
    clock.advance(3_000)
    master.emit('ready', master.worker('web', 0))
    master.beat(master.worker('web', 1)) // that was there before: it has been up for 3 s
    clock.advance(6_999)
    assert.deepEqual(events, [])
    clock.advance(1)
    assert.deepEqual(events, ['recycle web/1 age'])
  })

  test('a worker that ends leaves no timer', () => {
    const { master, clock } = recycling({ options: { recycle: { maxAgeMs: 10_000 } } })
    master.beatAll()
    assert.equal(clock.pending, 3)
    master.end(master.worker('web', 0))
    assert.equal(clock.pending, 2)
  })

  test('a successor that does not come up is tried again after longer and longer pauses', async () => {
    const { master, events, clock } = recycling({ options: largeLimit })
    master.outcome = async () => {
      throw new ManifoldError('ERR_MANIFOLD_START', 'no')
    }
    master.worker('web', 0).rssBytes = 120 * MB
    const tries: number[] = []
    for (let n = 0; n < 3_000; n++) {
      const before = events.length
      master.beatAll()
      await settled()
      if (events.length > before) tries.push(clock.now())
      clock.advance(100)
    }
    const pauses = tries.slice(1).map((at, index) => at - tries[index]!)
    assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000])
    assert.deepEqual(events.slice(0, 2), ['recycle web/0 rss', 'recycleFailed web/0'])
  })

  test('that a group stops is no failure', async () => {
    const { master, events } = recycling({ options: largeLimit })
    master.outcome = async () => {
      throw new ManifoldError('ERR_MANIFOLD_STOPPED', 'no')
    }
    master.worker('web', 0).rssBytes = 120 * MB
    master.beatAll(3)
    await settled()
    assert.deepEqual(events, ['recycle web/0 rss'])
  })

  test('who needs too much by nature is not replaced over and over', async () => {
    const { master, events, clock } = recycling({ groups: { web: 1 }, options: largeLimit })
    for (let n = 0; n < 600; n++) {
      const worker = master.worker('web', 0)
      worker.rssBytes = 120 * MB
      master.beatAll()
      await settled()
      if (worker.state === 'draining') master.end(worker)
      clock.advance(1_000)
    }
    const count = events.filter((event) => event.startsWith('recycle ')).length
    assert.ok(count >= 5 && count <= 20, String(count))
  })

  test('after it was stopped nothing happens, and nothing is left', async () => {
    const { master, events, clock, recycles } = recycling({
      options: { recycle: { maxRssBytes: 100 * MB, maxAgeMs: 1_000 } },
    })
    master.worker('web', 0).rssBytes = 120 * MB
    master.beatAll(2)
    recycles.stop()
    master.beatAll(2)
    clock.advance(10_000)
    await settled()
    assert.deepEqual(events, [])
    assert.equal(clock.pending, 0)
    assert.deepEqual(master.eventNames(), [])
  })
})

describe('a container that is short of memory', () => {
  /** Workers with a minute behind them. */
  async function warm(used: { bytes: number }, options = {}) {
    const setup = recycling({
      ...{ groups: { web: 2, api: 1 }, options },
      memory: () => ({ usedBytes: used.bytes, limitBytes: 1_000 * MB }),
    })
    for (let n = 0; n < 62; n++) {
      setup.master.beatAll()
      await settled()
      setup.clock.advance(1_000)
    }
    return setup
  }

  test('loses nobody below the fraction', async () => {
    const used = { bytes: 900 * MB }
    const { master, events, clock } = await warm(used)
    for (const name of ['web', 'api']) master.worker(name, 0).rssBytes = 500 * MB
    clock.advance(1_000)
    master.beatAll()
    await settled()
    assert.deepEqual(events, [])
  })

  test('has the largest recycled of those that have grown, and the next ten seconds later', async () => {
    const used = { bytes: 800 * MB }
    const { master, events, clock } = await warm(used)
    master.worker('web', 0).rssBytes = 100 * MB
    master.worker('api', 0).rssBytes = 200 * MB
    used.bytes = 901 * MB
    const turn = async () => {
      master.beatAll()
      await settled()
      master.beatAll()
      await settled()
    }
    await turn()
    assert.deepEqual(events, ['recycle api/0 cgroup', 'recycled api/0'])
    for (let n = 0; n < 9; n++) {
      clock.advance(1_000)
      await turn()
    }
    assert.equal(events.length, 2)
    clock.advance(1_000)
    await turn()
    assert.deepEqual(events.slice(2), ['recycle web/0 cgroup', 'recycled web/0'])
  })

  test('says so once if nobody has grown, and again only after there was enough', async () => {
    const used = { bytes: 950 * MB }
    const { master, events, clock } = await warm(used)
    assert.deepEqual(events, [`memoryPressure ${950 * MB}`])
    const turns = async (bytes: number) => {
      used.bytes = bytes
      for (let n = 0; n < 3; n++) {
        clock.advance(1_000)
        master.beatAll()
        await settled()
      }
    }
    await turns(960 * MB)
    assert.equal(events.length, 1)
    await turns(500 * MB)
    await turns(970 * MB)
    assert.deepEqual(events.slice(1), [`memoryPressure ${970 * MB}`])
  })

  test('counts with the fraction of each group', async () => {
    const used = { bytes: 800 * MB }
    const options = {
      recycle: { memoryFraction: 0.95 },
      groups: { web: { recycle: { memoryFraction: 0.7 } } },
    }
    const { master, events, clock } = await warm(used, options)
    master.worker('api', 0).rssBytes = 500 * MB
    master.worker('web', 1).rssBytes = 100 * MB
    clock.advance(1_000)
    master.beatAll()
    await settled()
    assert.deepEqual(events, [`memoryPressure ${800 * MB}`, 'recycle web/1 cgroup', 'recycled web/1'])
  })
})
