import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { formatExit } from '@manifold/core'
import type { GroupOptions, StartError } from '@manifold/groups'
import { assertNoLeaks, snapshot } from '../helpers/leaks.js'
import { MixedLoad } from '../helpers/load/mixed-load.js'
import { until } from '../helpers/wait.js'
import { policies } from './policies.js'
import { fixture, Service } from './service.js'

/** Per policy. */
const WEB_SOCKETS = 5
const RATE = 20
const GOING_AWAY = 1001

const folder = mkdtempSync(join(tmpdir(), 'reloads-'))
const before = snapshot()
after(async () => {
  rmSync(folder, { recursive: true })
  await assertNoLeaks(before)
})

/** Two sockets with each policy: one reload then shows all of them. */
const tried = policies.flatMap(({ name, policy, skip }, index) => (skip ? [] : [{ name, policy, index }]))
const sockets = tried.flatMap(({ policy, index }) => {
  const socket = { port: 0, host: '127.0.0.1', policy }
  return [
    [`http-${index}`, socket],
    [`h2c-${index}`, socket],
  ] as const
})

const web: GroupOptions = {
  exec: fixture('services/all-kinds'),
  workers: 2,
  listen: Object.fromEntries(sockets),
  drainTimeoutMs: 2_500,
  // A client that a busy machine holds up for so long would lose the race of its next request with the end.
  keepAliveGraceMs: 2_500,
}

/** Has clients of every kind at every socket while something happens. None of them may notice anything. */
async function underLoad(
  group: GroupOptions,
  disturb: (service: Service) => Promise<void>,
  lifeMs?: number,
): Promise<void> {
  await using service = await Service.start(group)
  const ends: string[] = []
  service.master.on('exit', ({ id, uptimeMs, destroyedConnections }, reason) => {
    const cut = destroyedConnections > 0 ? `, ${destroyedConnections} connections cut off` : ''
    ends.push(`worker ${id}: ${formatExit(reason)} after ${uptimeMs.toFixed(0)} ms${cut}`)
  })
  const load = { rate: RATE, webSockets: WEB_SOCKETS, ...(lifeMs !== undefined && { lifeMs }) }
  const loads = tried.map(({ name, index }) => {
    const ports = { http: service.portOf(`http-${index}`), h2c: service.portOf(`h2c-${index}`) }
    return { name, load: new MixedLoad({ ...ports, ...load }) }
  })
  // Those that do not last are never all open at the same time, least of all on a busy machine.
  const enough = lifeMs === undefined ? WEB_SOCKETS - 2 : WEB_SOCKETS / 2
  const allOpen = () => loads.every(({ load }) => load.openWebSockets >= enough)
  try {
    await until(allOpen, { what: 'all WebSockets' })
    await disturb(service)
    await until(allOpen, { what: 'all WebSockets again' })
  } finally {
    await Promise.all(loads.map(({ load }) => load.stop()))
  }
  for (const { name, load } of loads) {
    const { failures, details, ok, webSockets } = await load.stop()
    assert.deepEqual([...failures], [], `${name}: ${details}\n${ends.join('\n')}`)
    for (const [kind, count] of Object.entries(ok)) assert.ok(count > 0, `${name}: no ${kind}`)
    assert.ok(webSockets.echoes > 0, name)
    for (const code of webSockets.closes.keys()) assert.equal(code, GOING_AWAY, name)
  }
}

function pidsOf(service: Service): (number | undefined)[] {
  return service.group.workers.map(({ pid }) => pid)
}

// One after another: three such loads at a time are more than two cores carry, and then clients wait in vain.
describe('clients of every kind, under every policy, notice nothing', () => {
  it('of reloads in a row', async () => {
    await underLoad(web, async (service) => {
      for (let count = 0; count < 5; count++) {
        const old = pidsOf(service)
        await service.group.reload()
        const now = pidsOf(service)
        assert.equal(now.length, old.length)
        assert.ok(!now.some((pid) => old.includes(pid)), 'all of them are new')
      }
    })
  })

  it('of scaling up and down in a row', async () => {
    const scale = async (service: Service) => {
      for (let count = 0; count < 5; count++) {
        await service.group.scale(4)
        assert.equal(pidsOf(service).length, 4)
        await service.group.scale(1)
        assert.equal(pidsOf(service).length, 1)
      }
    }
    // WebSockets come anew all the time, so that some are on the workers that go.
    await underLoad({ ...web, workers: 1 }, scale, 300)
  })

  it('of reloads that are aborted', async () => {
    const moods = join(folder, 'mood')
    writeFileSync(moods, 'well')
    await underLoad({ ...web, readyTimeoutMs: 4_000, env: { MOOD: moods } }, async (service) => {
      const old = pidsOf(service)
      for (const [mood, code] of [
        ['dies', 'ERR_MANIFOLD_START'],
        ['never listens', 'ERR_MANIFOLD_READY_TIMEOUT'],
      ] as const) {
        writeFileSync(moods, mood)
        await assert.rejects(service.group.reload(), (error: StartError) => error.code === code)
      }
      writeFileSync(moods, 'well')
      const release = { exec: fixture('workers/exit-at-start'), args: ['3'] }
      await assert.rejects(service.group.reload(release), { code: 'ERR_MANIFOLD_START' })
      assert.deepEqual(
        (await service.served()).map(({ pid }) => pid),
        old,
      )
    })
  })
})
