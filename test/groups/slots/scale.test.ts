import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type GroupOptions, Master, type MasterEvents } from '@manifold/groups'
import { fixture } from '../../helpers/fixture.js'
import { assertNoLeaks, isAlive, snapshot } from '../../helpers/leaks.js'
import { once, until } from '../../helpers/wait.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const LOCAL = { port: 0, host: '127.0.0.1' }
const server: GroupOptions = { exec: fixture('services/obedient-server'), listen: { http: LOCAL } }
const patient: GroupOptions = { exec: fixture('workers/ready-when-told'), ready: 'manual' }

async function started(options: GroupOptions) {
  const master = new Master({ groups: { web: options } })
  const scaled: string[] = []
  master.on('scale', ({ group, from, to }) => scaled.push(`${group} ${from}→${to}`))
  const vacant: number[] = []
  master.on('vacant', ({ slot }) => vacant.push(slot))
  await master.start()
  return {
    master,
    group: master.group('web'),
    scaled,
    vacant,
    states: () => master.status().groups.web!.slots.map(({ state }) => state),
    [Symbol.asyncDispose]: async () => {
      master.destroy()
      await master.stop()
    },
  }
}

/** The next worker that is forked in a slot of that number runs. */
function online(master: Master<'web'>, slot: number): Promise<MasterEvents['online']> {
  return once<MasterEvents['online']>(master, 'online', { filter: (worker) => worker.slot === slot })
}

describe('scaling', { concurrency: 2 }, () => {
  for (const how of ['reload', 'retire', 'grow'] as const) {
    test(`takes slots away as somebody hears that a worker was forked: ${how}`, async () => {
      await using service = await started(server)
      const { master, group } = service
      const failed: unknown[] = []
      master.on('failed', (...failure) => failed.push(failure))
      const scaled = once<MasterEvents['fork']>(master, 'fork').then(([{ pid }]) => pid!)
      let away: Promise<void> | undefined
      master.once('fork', () => {
        away = group.scale(0)
      })
      if (how === 'retire') group.workers[0]!.send({ do: how })
      const work = how === 'reload' ? group.reload() : how === 'grow' ? group.scale(3) : undefined
      const ended = work?.catch(({ code }) => assert.equal(code, 'ERR_MANIFOLD_STATE'))
      const pid = await scaled
      await Promise.all([away, ended])
      assert.deepEqual([group.workers, isAlive(pid), failed], [[], false, []])
    })
  }

  test('adds slots and takes the highest away', async () => {
    await using service = await started(server)
    const { group, scaled, vacant, states } = service
    const [first] = group.workers
    await group.scale(3)
    assert.deepEqual(states(), ['serving', 'serving', 'serving'])
    const [, second, third] = group.workers
    await group.scale(1)
    assert.deepEqual(states(), ['serving'])
    assert.deepEqual(group.workers, [first])
    assert.deepEqual(
      [second, third].map((worker) => worker?.state),
      ['exited', 'exited'],
    )
    await group.scale(2)
    assert.equal(service.master.status().groups.web?.workers, 2)
    await group.scale(2)
    await group.scale(0)
    assert.deepEqual([states(), group.workers, first?.state], [[], [], 'exited'])
    await group.scale('cpus')
    assert.ok(states().length > 0)
    assert.deepEqual(scaled.slice(0, 4), ['web 1→3', 'web 3→1', 'web 1→2', 'web 2→0'])
    assert.deepEqual(vacant, [])
  })

  test('refuses what is no number of workers', async () => {
    await using service = await started({ ...server, workers: 0 })
    for (const wrong of [-1, 0.5, 10_001, '2', undefined, Number.NaN]) {
      await assert.rejects(service.group.scale(wrong as number), {
        code: 'ERR_MANIFOLD_OPTION',
        message: /^option 'workers' must be a whole number from 0 to 10000, or 'cpus'/,
      })
    }
  })

  test('before the start and after the stop is an error', async () => {
    const master = new Master({ groups: { web: server } })
    await assert.rejects(master.group('web').scale(2), { code: 'ERR_MANIFOLD_STATE' })
    await master.stop()
    await assert.rejects(master.group('web').scale(2), { code: 'ERR_MANIFOLD_STOPPED' })
    await assert.rejects(master.group('web').reload(), { code: 'ERR_MANIFOLD_STOPPED' })
  })

  test('tells of the worker that does not come up; its slot stays, vacant', async () => {
    const options = { exec: fixture('workers/kill-itself'), args: ['SIGKILL'], workers: 0 }
    await using service = await started(options)
    await assert.rejects(service.group.scale(2), { code: 'ERR_MANIFOLD_START' })
    await until(() => service.vacant.length === 2, { what: 'both vacancies' })
    assert.deepEqual(service.states(), ['vacant', 'vacant'])
    // It is over: who asks for as many as there are is told nothing of it.
    await service.group.scale(2)
  })

  test('while it scales: the last one wins', async () => {
    await using service = await started({ ...patient, workers: 0 })
    const { group, master } = service
    const up = [online(master, 0), online(master, 1)]
    const first = group.scale(2)
    const lost = assert.rejects(first, {
      code: 'ERR_MANIFOLD_STATE',
      message: "group 'web' has lost slot 1 to a later scale()",
    })
    await Promise.all(up)
    const [, second] = group.workers
    const gone = group.scale(1)
    assert.deepEqual(service.states(), ['starting'])
    assert.equal(group.workers.length, 2, 'it is finishing')
    await Promise.all([lost, gone])
    assert.equal(second?.state, 'exited')
    assert.deepEqual(service.vacant, [])
  })

  test('is ended by a stop', async () => {
    const service = await started({ ...patient, workers: 0 })
    const { group, master } = service
    const forked = once(master, 'fork')
    const scaled = assert.rejects(group.scale(1), { code: 'ERR_MANIFOLD_STOPPED' })
    await forked
    const stopped = master.stop()
    const late = assert.rejects(group.scale(3), { code: 'ERR_MANIFOLD_STOPPED' })
    await Promise.all([scaled, stopped, late])
    assert.deepEqual(group.workers, [])
  })

  test('down is ended by a stop, which waits for what was taken away', async () => {
    const service = await started({ ...server, workers: 2 })
    const pids = service.group.workers.map(({ pid }) => pid!)
    const scaled = assert.rejects(service.group.scale(0), { code: 'ERR_MANIFOLD_STOPPED' })
    await service.master.stop()
    await scaled
    assert.deepEqual(pids.filter(isAlive), [])
  })

  test('while the master starts does not fail the start', async () => {
    const master = new Master({ groups: { web: { ...patient, workers: 2 } } })
    const up = [online(master, 0), online(master, 1)]
    const start = master.start()
    await Promise.all(up)
    await master.group('web').scale(0)
    await start
    assert.equal(master.state, 'running')
    await master.stop()
  })
})
