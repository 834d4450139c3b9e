import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type GroupOptions, Master, type MasterEvents, type MasterOptions } from '@manifold/groups'
import { fixture } from '../helpers/fixture.js'
import { assertNoLeaks, isAlive, snapshot } from '../helpers/leaks.js'
import { once } from '../helpers/wait.js'
import { ask, messenger } from './messages/messengers.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const patient: GroupOptions = { exec: fixture('workers/ready-when-told'), ready: 'manual' }
const quick: GroupOptions = { exec: fixture('workers/stay'), ready: 'online' }
const slow: GroupOptions = { exec: fixture('workers/finish-slowly'), ready: 'online' }

/** What happens to workers, in order: `fork web`. */
function observe(master: Master, ...names: ('fork' | 'ready' | 'draining' | 'exit')[]): string[] {
  const seen: string[] = []
  for (const name of names) master.on(name, (...[{ group }]) => void seen.push(`${name} ${group}`))
  return seen
}

const of = (group: string) => ({ filter: (worker: MasterEvents['fork'][0]) => worker.group === group })

describe('groups that come after others', { concurrency: 2 }, () => {
  test('start when those are ready, whichever is named first, and stop before them', async () => {
    const master = new Master({
      groups: {
        web: { ...quick, after: ['store', 'cache'] },
        cache: { ...quick, after: ['store'] },
        store: { ...quick, workers: 2 },
      },
    })
    const seen = observe(master, 'fork', 'ready', 'draining', 'exit')
    await master.start()
    const started = ['store', 'store', 'cache', 'web']
    assert.deepEqual(
      seen.filter((event) => /fork|ready/.test(event)),
      [
        ...['fork store', 'fork store', 'ready store', 'ready store'],
        ...['fork cache', 'ready cache', 'fork web', 'ready web'],
      ],
    )
    assert.deepEqual(master.group('web').after, ['store', 'cache'])
    await master.stop()
    const ended = seen.filter((event) => event.startsWith('exit'))
    assert.deepEqual(ended, started.map((name) => `exit ${name}`).reverse())
    const draining = (name: string) => seen.indexOf(`draining ${name}`)
    assert.ok(draining('cache') > seen.indexOf('exit web'), seen.join())
    assert.ok(draining('store') > seen.indexOf('exit cache'), seen.join())
  })

  test('let all others start and stop side by side', async () => {
    const groups = { web: { ...patient, after: ['store'] }, store: quick, admin: { ...patient } }
    const master = new Master({ groups })
    const online = [once(master, 'online', of('admin')), once(master, 'online', of('web'))]
    const started = master.start()
    // Web runs, although admin is not ready.
    await Promise.all(online)
    for (const name of ['web', 'admin'] as const) {
      for (const worker of master.group(name).workers) worker.send('be ready')
    }
    await started
    await master.stop()
  })

  test('are not started if one of those does not come up', async () => {
    const master = new Master({
      groups: { store: { exec: fixture('workers/exit-at-start') }, web: { ...quick, after: ['store'] } },
    })
    const seen = observe(master, 'fork')
    await assert.rejects(master.start(), { code: 'ERR_MANIFOLD_START', message: /'store'/ })
    assert.deepEqual([seen, master.state], [['fork store'], 'stopped'])
  })

  test('are not started either if the master is stopped before their turn', async () => {
    const master = new Master({ groups: { store: patient, web: { ...quick, after: ['store'] } } })
    const seen = observe(master, 'fork')
    const online = once(master, 'online')
    const failed = assert.rejects(master.start(), { code: 'ERR_MANIFOLD_STOPPED' })
    await online
    await Promise.all([master.stop(), failed])
    assert.deepEqual(seen, ['fork store'])
  })

  test('start without one that is removed before it is ready', async () => {
    const master = new Master({ groups: { store: patient, web: { ...quick, after: ['store'] } } })
    await using _ = { [Symbol.asyncDispose]: () => master.stop() }
    const online = once(master, 'online')
    const started = master.start()
    await online
    await Promise.all([master.removeGroup('store'), started])
    assert.deepEqual(Object.keys(master.status().groups), ['web'])
    assert.equal(master.group('web').workers[0]!.state, 'ready')
  })

  test('are killed with all others, without a turn', async () => {
    const master = new Master({ groups: { store: slow, web: { ...slow, after: ['store'] } } })
    await master.start()
    const pids = master.groups.flatMap(({ workers }) => workers.map(({ pid }) => pid!))
    const draining = once(master, 'draining')
    const stopped = master.stop()
    await draining
    master.destroy()
    await stopped
    assert.deepEqual([pids.length, pids.filter(isAlive)], [2, []])
  })

  test('stop before those whose workers wait for a call of theirs to end, and the other way round', async () => {
    // Web calls store, which would wait for that; but store comes after web.
    const master = new Master({ groups: { web: messenger, store: { ...messenger, after: ['web'] } } })
    await master.start()
    assert.equal(await ask(master, 'web', 'store', 'echo', 5), 5)
    const seen = observe(master, 'exit')
    await master.stop()
    assert.deepEqual(seen, ['exit store', 'exit web'])
  })

  test('stop in the order of calls where that is not against it', async () => {
    // Admin calls store; web comes after admin: web, admin, store.
    const groups = { store: messenger, admin: messenger, web: { ...messenger, after: ['admin'] } }
    const master = new Master({ groups })
    await master.start()
    assert.equal(await ask(master, 'admin', 'store', 'echo', 5), 5)
    const seen = observe(master, 'exit')
    await master.stop()
    assert.deepEqual(seen, ['exit web', 'exit admin', 'exit store'])
  })
})

describe('a group that is added', { concurrency: 2 }, () => {
  test('comes after one that runs, and stops before it', async () => {
    const master = new Master({ groups: { store: quick } })
    await master.start()
    await master.addGroup('web', { ...quick, after: ['store'] })
    const seen = observe(master, 'exit')
    await master.stop()
    assert.deepEqual(seen, ['exit web', 'exit store'])
  })

  test('waits for one that is still starting', async () => {
    const master = new Master({ groups: { store: patient } })
    await using _ = { [Symbol.asyncDispose]: () => master.stop() }
    const seen = observe(master, 'ready')
    const online = once(master, 'online')
    const started = master.start()
    const added = master.addGroup('web', { ...quick, after: ['store'] })
    await online
    master.group('store').workers[0]!.send('be ready')
    await Promise.all([started, added])
    assert.deepEqual(seen, ['ready store', 'ready web'])
  })

  test('does not wait for ever if the master is stopped meanwhile', async () => {
    const master = new Master({ groups: { store: patient } })
    const online = once(master, 'online')
    const started = assert.rejects(master.start(), { code: 'ERR_MANIFOLD_STOPPED' })
    const added = master.addGroup('web', { ...quick, after: ['store'] })
    const failed = assert.rejects(added, { code: 'ERR_MANIFOLD_STOPPED' })
    const seen = observe(master, 'fork')
    await online
    await Promise.all([master.stop(), started, failed])
    assert.deepEqual(seen, ['fork store'])
  })

  test('comes after groups that exist only, and closes no circle', async () => {
    const master = new Master({ groups: { store: quick, web: { ...quick, after: ['store'] } } })
    await using _ = { [Symbol.asyncDispose]: () => master.stop() }
    await master.start()
    const refused = (option: string) => ({ code: 'ERR_MANIFOLD_OPTION', option })
    await assert.rejects(
      master.addGroup('admin', { ...quick, after: ['nobody'] }),
      refused('groups.admin.after[0]'),
    )
    await master.removeGroup('store')
    // Web has not forgotten that it comes after a store.
    await assert.rejects(
      master.addGroup('store', { ...quick, after: ['web'] }),
      refused('groups.store.after'),
    )
    await master.addGroup('store', quick)
    assert.deepEqual(Object.keys(master.status().groups), ['web', 'store'])
  })
})

describe('a master refuses groups', () => {
  const cases: readonly [after: Readonly<Record<string, readonly string[]>>, option: string, told: RegExp][] =
    [
      [
        { web: ['store'] },
        'groups.web.after[0]',
        /the name of another group: \(there is none\), but is 'store'/,
      ],
      [{ web: [], store: ['web', 'web2'] }, 'groups.store.after[1]', /another group: web, but is 'web2'/],
      [{ web: ['web'], store: [] }, 'groups.web.after[0]', /another group: store, but is 'web'/],
      [{ web: ['store'], store: ['web'] }, 'groups.web.after', /without a circle: web → store → web,/],
      [{ a: ['b'], b: ['c'], c: ['d', 'b'], d: [] }, 'groups.b.after', /without a circle: b → c → b,/],
    ]
  for (const [names, option, message] of cases) {
    test(`that come after each other so: ${JSON.stringify(names)}`, () => {
      const groups = Object.entries(names).map(([name, needed]) => [name, { ...quick, after: needed }])
      const options = { groups: Object.fromEntries(groups) } as MasterOptions
      assert.throws(() => new Master(options), { code: 'ERR_MANIFOLD_OPTION', option, message })
    })
  }
})
