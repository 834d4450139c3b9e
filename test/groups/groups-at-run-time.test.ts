import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type GroupOptions, Master, type MasterEvents } from '@manifold/groups'
import { fixture } from '../helpers/fixture.js'
import { takePort } from '../helpers/free-port.js'
import { assertNoLeaks, isAlive, snapshot } from '../helpers/leaks.js'
import { once } from '../helpers/wait.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const LOCAL = { port: 0, host: '127.0.0.1' }
const server: GroupOptions = { exec: fixture('services/obedient-server'), listen: { http: LOCAL } }
const patient: GroupOptions = { exec: fixture('workers/ready-when-told'), ready: 'manual' }

async function started() {
  const master = new Master({ groups: { web: server } })
  const seen: string[] = []
  for (const name of ['groupAdded', 'groupRemoved'] as const) {
    master.on(name, (group) => seen.push(`${name} ${group}`))
  }
  await master.start()
  return { master, seen, [Symbol.asyncDispose]: () => master.stop() }
}

/** On that port, and none that the system chooses. */
const on = (port: number): GroupOptions => ({
  ...server,
  listen: { http: { port, host: '127.0.0.1' } },
  env: { PORT: String(port) },
})

const isOf = (name: string) => (worker: MasterEvents['fork'][0]) => worker.group === name

describe('a group that is added while the master runs', { concurrency: 2 }, () => {
  test('serves, and leaves nothing when it is removed', async () => {
    await using service = await started()
    const { master, seen } = service
    const admin = await master.addGroup('admin', { ...server, workers: 2 })
    assert.deepEqual(
      master.groups.map(({ name }) => name),
      ['web', 'admin'],
    )
    assert.deepEqual(
      admin.status().slots.map(({ state }) => state),
      ['serving', 'serving'],
    )
    const pids = admin.workers.map(({ pid }) => pid!)
    const { port } = admin.address('http') as { port: number }
    const removals = [master.removeGroup('admin'), master.removeGroup('admin')]
    await assert.rejects(master.addGroup('admin', server), { code: 'ERR_MANIFOLD_OPTION' })
    await Promise.all(removals)
    assert.deepEqual(pids.filter(isAlive), [])
    assert.deepEqual(seen, ['groupAdded admin', 'groupRemoved admin'])
    assert.throws(() => master.group('admin' as 'web'), { code: 'ERR_MANIFOLD_OPTION' })
    await assert.rejects(master.removeGroup('admin'), { code: 'ERR_MANIFOLD_OPTION' })
    await assert.rejects(admin.scale(1), { code: 'ERR_MANIFOLD_STOPPED' })
    // Its address is free for another one.
    await master.addGroup('admin', on(port))
    assert.deepEqual(Object.keys(master.status().groups), ['web', 'admin'])
  })

  test('is checked as the others were', async () => {
    await using service = await started()
    for (const [name, options, message] of [
      ['web', server, /^option 'groups.web' must be named otherwise/],
      ['master', server, /^option 'groups.master' must be named otherwise/],
      ['a b', server, /^option 'groups.a b' must be named with letters/],
      ['', server, /^option 'name' must be a string/],
      ['admin', { ...server, workers: -1 }, /^option 'groups.admin.workers'/],
    ] as const) {
      await assert.rejects(service.master.addGroup(name, options), { code: 'ERR_MANIFOLD_OPTION', message })
    }
    assert.equal(service.master.groups.length, 1)
  })

  test('is undone if it does not come up', async () => {
    await using service = await started()
    const { master } = service
    const { port, release } = await takePort()
    const taken = on(port)
    await assert.rejects(master.addGroup('admin', taken), { code: 'ERR_MANIFOLD_SOCKET' })
    await release()
    const dying = { exec: fixture('workers/kill-itself'), args: ['SIGKILL'], workers: 2 }
    await assert.rejects(master.addGroup('admin', { ...taken, ...dying }), {
      code: 'ERR_MANIFOLD_START',
    })
    assert.equal(master.groups.length, 1)
    await master.addGroup('admin', taken)
  })

  test('is an error before the start and after the stop', async () => {
    const master = new Master({ groups: { web: server } })
    await assert.rejects(master.addGroup('admin', server), { code: 'ERR_MANIFOLD_STATE' })
    await master.stop()
    await assert.rejects(master.addGroup('admin', server), { code: 'ERR_MANIFOLD_STOPPED' })
  })

  for (const end of ['stop', 'removeGroup'] as const) {
    test(`is given up by ${end}() before it is ready`, async () => {
      await using service = await started()
      const { master } = service
      const forked = once<MasterEvents['fork']>(master, 'fork', { filter: isOf('admin') })
      const added = assert.rejects(master.addGroup('admin', patient), { code: 'ERR_MANIFOLD_STOPPED' })
      const [{ pid }] = await forked
      await Promise.all([end === 'stop' ? master.stop() : master.removeGroup('admin'), added])
      assert.equal(isAlive(pid!), false)
    })
  }

  test('can be added while the master starts, and one that starts be removed', async () => {
    const master = new Master({ groups: { web: server, slow: patient } })
    await using _ = { [Symbol.asyncDispose]: () => master.stop() }
    const forked = once(master, 'fork', { filter: isOf('slow') })
    const start = master.start()
    await forked
    await master.addGroup('admin', server)
    assert.equal(master.state, 'starting')
    await master.removeGroup('slow')
    await start
    assert.deepEqual(Object.keys(master.status().groups), ['web', 'admin'])
  })
})
