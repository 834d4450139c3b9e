import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { Master } from '@manifold/groups'
import { type SuperviseOptions, supervise } from '@manifold/health'
import { temporaryDirectory } from '../../helpers/fixture.js'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { once } from '../../helpers/wait.js'
import { fixture, signal } from '../service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const exec = fixture('services/mortal-server')

/** Two groups, of which the workers of one do not come up while there is a file. */
async function start(doom: string, options: SuperviseOptions) {
  const master = new Master({ groups: { web: { exec, workers: 2, env: { DOOM: doom } }, admin: exec } })
  const supervisor = supervise(master, options)
  const seen: string[] = []
  supervisor.on('crashloop', ({ group, startFailures, runFailures }) => {
    seen.push(`crashloop ${group} ${startFailures} ${runFailures}`)
  })
  supervisor.on('stable', ({ group }) => seen.push(`stable ${group}`))
  supervisor.on('giveup', ({ group, slot }) => seen.push(`giveup ${group}/${slot}`))
  await master.start()
  const dispose = async () => {
    await supervisor.stop()
    await master.stop()
  }
  return { master, supervisor, seen, [Symbol.asyncDispose]: dispose }
}

/** Has one worker die that has no successor. */
function doomOne({ master }: { master: Master<'web' | 'admin'> }, doom: string): void {
  writeFileSync(doom, '')
  signal(master.group('web').workers[0]!.pid, 'SIGKILL')
}

const restart = { minDelayMs: 1, maxDelayMs: 100, maxRestarts: 1, withinMs: 4_000 }

describe('a group in a crash loop', { concurrency: 2 }, () => {
  test('is told, tried again and again, and comes back by itself', async (t) => {
    const doom = path.join(temporaryDirectory(t), 'doom')
    await using service = await start(doom, { restart })
    const { supervisor, master, seen } = service
    const others = master.group('admin').workers.map(({ pid }) => pid)
    const begun = once(supervisor, 'crashloop')
    doomOne(service, doom)
    await begun
    await once(supervisor, 'failed')
    const respawned = once(supervisor, 'respawn')
    const stable = once(supervisor, 'stable', { timeoutMs: 30_000 })
    rmSync(doom)
    await respawned
    await stable
    assert.deepEqual(seen, ['crashloop web 1 1', 'stable web'])
    assert.deepEqual(
      master.group('admin').workers.map(({ pid }) => pid),
      others,
    )
  })

  test('is given up, until somebody has it go on', async (t) => {
    const doom = path.join(temporaryDirectory(t), 'doom')
    await using service = await start(doom, {
      groups: { web: { restart: { ...restart, onCrashLoop: 'giveUp' } } },
    })
    const { supervisor, master, seen } = service
    const givenUp = once(supervisor, 'giveup')
    doomOne(service, doom)
    await givenUp
    rmSync(doom)
    const respawned = once(supervisor, 'respawn')
    supervisor.resume('web')
    await respawned
    assert.deepEqual(seen, ['crashloop web 1 1', 'giveup web/0'])
    assert.ok(master.status().groups.web!.slots.every(({ state }) => state === 'serving'))
    assert.throws(() => supervisor.resume('nobody'), { code: 'ERR_MANIFOLD_OPTION' })
  })

  test('that was given up comes back by a reload', async (t) => {
    const doom = path.join(temporaryDirectory(t), 'doom')
    await using service = await start(doom, { restart: { ...restart, onCrashLoop: 'giveUp' } })
    const { supervisor, master, seen } = service
    const givenUp = once(supervisor, 'giveup')
    doomOne(service, doom)
    await givenUp
    rmSync(doom)
    const stable = once(supervisor, 'stable', { timeoutMs: 30_000 })
    await master.group('web').reload()
    assert.ok(master.status().groups.web!.slots.every(({ state }) => state === 'serving'))
    await stable
    assert.deepEqual(seen, ['crashloop web 1 1', 'giveup web/0', 'stable web'])
  })
})
