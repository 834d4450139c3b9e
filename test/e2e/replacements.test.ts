import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { GroupOptions, MasterEvents, StartError } from '@manifold/groups'
import { assertNoLeaks, snapshot } from '../helpers/leaks.js'
import { describeFailures, type FailureClass, LoadClient, summarize } from '../helpers/load-client.js'
import { once } from '../helpers/wait.js'
import { policies } from './policies.js'
import { fixture, Service, signal } from './service.js'

const WORKERS = 2
const RELOADS = 2

/** What a client may see of a process that was killed with its request. */
const CUT_OFF: readonly FailureClass[] = ['reset-fresh', 'reset-reused', 'reset-mid-response']

const folder = mkdtempSync(join(tmpdir(), 'replacements-'))
const before = snapshot()
after(async () => {
  rmSync(folder, { recursive: true })
  await assertNoLeaks(before)
})

/** Puts a service under load while something happens to it, and then says which requests failed. */
async function underLoad(
  group: GroupOptions,
  disturb: (service: Service) => Promise<void>,
  tolerated: readonly FailureClass[] = [],
): Promise<void> {
  await using service = await Service.start(group)
  // Few connections, so that each is used often, and none is idle for long.
  await using load = new LoadClient({
    target: { port: service.port },
    rate: 80,
    keptConnections: 10,
    sources: 50,
  })
  await disturb(service)
  const report = await load.stop()
  const failures = report.failures.filter((failure) => !tolerated.includes(failure.class))
  assert.equal(failures.length, 0, `${summarize(report)}\n${describeFailures(failures)}`)
}

function pidsOf(service: Service): number[] {
  return service.group.workers.map(({ pid }) => pid!)
}

describe('a client notices nothing', { concurrency: 2 }, () => {
  for (const { name, policy, skip } of policies) {
    const exec = fixture('services/obedient-server')

    it(`${name}: of ${WORKERS * RELOADS} workers that are replaced`, { skip }, async () => {
      const patience = { env: { KEEP_ALIVE_MS: '1000' }, keepAliveGraceMs: 2_500 }
      await underLoad({ exec, workers: WORKERS, policy, ...patience }, async (service) => {
        for (let count = 0; count < RELOADS; count++) {
          const old = pidsOf(service)
          await service.group.reload()
          assertSuccession(old, pidsOf(service))
        }
      })
    })
  }

  const web: GroupOptions = { exec: fixture('services/obedient-server'), workers: 2 }

  it('of a worker that asks to be replaced', async () => {
    await underLoad({ ...web, keepAliveGraceMs: 1_500 }, async (service) => {
      const [first, second] = pidsOf(service)
      const gone = once(service.master, 'exit')
      await service.order(service.serving(0)!, { do: 'retire' })
      await gone
      const [successor, same] = await service.served([first])
      assert.deepEqual([successor?.slot, same?.pid], [0, second])
    })
  })

  for (const workers of [1, 2]) {
    it(`of a SIGTERM to one of ${workers}`, async () => {
      await underLoad({ ...web, workers, keepAliveGraceMs: 1_500 }, async (service) => {
        const [first] = pidsOf(service)
        const gone = once(service.master, 'exit')
        signal(first, 'SIGTERM')
        await service.served([first])
        const [, reason] = await gone
        assert.deepEqual(reason, { type: 'exited', code: 0, asked: false })
      })
    })
  }

  for (const [mood, code, why] of [
    ['dies', 'ERR_MANIFOLD_START', /exit code 3.*the database is not there/s],
    ['never listens', 'ERR_MANIFOLD_READY_TIMEOUT', /not ready within 8000 ms/],
  ] as const) {
    it(`of a reload whose successor ${mood}`, async () => {
      const mooded = join(folder, mood)
      writeFileSync(mooded, 'well')
      const exec = fixture('services/moody-server')
      await underLoad({ exec, workers: 2, readyTimeoutMs: 8_000, env: { MOOD: mooded } }, async (service) => {
        const old = pidsOf(service)
        writeFileSync(mooded, mood)
        await assert.rejects(service.group.reload(), (error: StartError) => {
          assert.equal(error.code, code)
          assert.match(error.message, why)
          assert.equal(error.failure.slot, 0)
          return true
        })
        assert.deepEqual(
          (await service.served()).map(({ pid }) => pid),
          old,
        )
      })
    })
  }
})

describe('a client notices nothing either', { concurrency: 2 }, () => {
  const patience = { env: { KEEP_ALIVE_MS: '1000' }, keepAliveGraceMs: 2_500 }

  it('of a release that comes up once, and is rolled back', async () => {
    const [former, next] = [join(folder, 'former'), join(folder, 'next')]
    writeFileSync(former, 'well')
    const exec = fixture('services/moody-server')
    await underLoad(
      { exec, workers: 3, ...patience, env: { ...patience.env, MOOD: former } },
      async (service) => {
        for (let count = 0; count < 3; count++) {
          writeFileSync(next, 'well')
          service.master.once('ready', () => writeFileSync(next, 'dies'))
          const aborted = once<MasterEvents['reloadAborted']>(service.master, 'reloadAborted')
          const reloaded = service.group.reload({ env: { ...patience.env, MOOD: next } })
          await assert.rejects(reloaded, { code: 'ERR_MANIFOLD_START' })
          const [{ rolledBack }] = await aborted
          assert.deepEqual(rolledBack, [0])
        }
      },
    )
  })

  for (const policy of ['auto', 'round-robin'] as const) {
    it(`${policy}: of scaling up and down`, async () => {
      const exec = fixture('services/obedient-server')
      await underLoad({ exec, workers: 1, policy, ...patience }, async (service) => {
        for (let count = 0; count < 3; count++) {
          await service.group.scale(4)
          await service.group.scale(1)
        }
      })
    })
  }
})

describe('a reload while a worker is killed', { concurrency: true }, () => {
  const web: GroupOptions = { exec: fixture('services/obedient-server'), workers: 2, keepAliveGraceMs: 1_500 }

  for (const [whose, slot] of [
    ['whose successor is on its way', 0],
    ['whose turn is yet to come', 1],
  ] as const) {
    it(`replaces the one ${whose} all the same`, async () => {
      const disturb = async (service: Service) => {
        const old = pidsOf(service)
        const reloaded = service.group.reload()
        signal(old[slot], 'SIGKILL')
        await reloaded
        assertSuccession(
          old,
          (await service.served()).map(({ pid }) => pid!),
        )
      }
      await underLoad(web, disturb, CUT_OFF)
    })
  }
})

function assertSuccession(old: readonly number[], now: readonly number[]): void {
  assert.equal(now.length, old.length)
  assert.ok(!now.some((pid) => old.includes(pid)), 'all of them are new')
}
