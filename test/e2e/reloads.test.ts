import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { GroupOptions, StartError } from '@manifold/groups'
import { assertNoLeaks, snapshot } from '../helpers/leaks.js'
import { MixedLoad } from '../helpers/load/mixed-load.js'
import { until } from '../helpers/wait.js'
import { policies } from './policies.js'
import { fixture, Service } from './service.js'

const WEB_SOCKETS = 20
const GOING_AWAY = 1001

const folder = mkdtempSync(join(tmpdir(), 'reloads-'))
const before = snapshot()
after(async () => {
  rmSync(folder, { recursive: true })
  await assertNoLeaks(before)
})

const host = '127.0.0.1'
const web: GroupOptions = {
  exec: fixture('services/all-kinds'),
  workers: 2,
  listen: { http: { port: 0, host }, h2c: { port: 0, host } },
  drainTimeoutMs: 1_500,
  // A client that a busy machine holds up for so long would lose the race of its next request with the end.
  keepAliveGraceMs: 1_500,
}

/** Has clients of every kind at a service while something happens to it. None of them may notice anything. */
async function underLoad(group: GroupOptions, disturb: (service: Service) => Promise<void>): Promise<void> {
  await using service = await Service.start(group)
  const ports = { http: service.port, h2c: service.portOf('h2c') }
  await using load = new MixedLoad({ ...ports, rate: 100, webSockets: WEB_SOCKETS })
  await until(() => load.openWebSockets === WEB_SOCKETS, { what: 'all WebSockets' })
  await disturb(service)
  await until(() => load.openWebSockets === WEB_SOCKETS, { what: 'all WebSockets again' })
  const { failures, details, ok, webSockets } = await load.stop()
  assert.deepEqual([...failures], [], details)
  for (const [kind, count] of Object.entries(ok)) assert.ok(count > 0, `no ${kind}`)
  assert.ok(webSockets.echoes > 0)
  for (const code of webSockets.closes.keys()) assert.equal(code, GOING_AWAY)
}

describe('clients of every kind notice nothing', { concurrency: true }, () => {
  for (const { name, policy, skip } of policies) {
    it(`${name}: of reloads in a row`, { skip }, async () => {
      await underLoad({ ...web, policy }, async (service) => {
        for (let count = 0; count < 5; count++) {
          const old = service.group.workers.map(({ pid }) => pid)
          await service.group.reload()
          const now = service.group.workers.map(({ pid }) => pid)
          assert.equal(now.length, old.length)
          assert.ok(!now.some((pid) => old.includes(pid)), 'all of them are new')
        }
      })
    })
  }

  it('of reloads that are aborted', async () => {
    const moods = join(folder, 'mood')
    writeFileSync(moods, 'well')
    await underLoad({ ...web, readyTimeoutMs: 3_000, env: { MOOD: moods } }, async (service) => {
      const old = service.group.workers.map(({ pid }) => pid)
      for (const [mood, code] of [
        ['dies', 'ERR_MANIFOLD_START'],
        ['never listens', 'ERR_MANIFOLD_READY_TIMEOUT'],
        ['dies', 'ERR_MANIFOLD_START'],
      ] as const) {
        writeFileSync(moods, mood)
        await assert.rejects(service.group.reload(), (error: StartError) => error.code === code)
      }
      assert.deepEqual(
        (await service.served()).map(({ pid }) => pid),
        old,
      )
    })
  })
})
