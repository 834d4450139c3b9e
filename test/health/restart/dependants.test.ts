import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ManifoldError } from '@manifold/core'
import { CRASH, settled, supervised } from '../paper-master.js'

function chain(options = { groups: { store: { restart: { dependants: true } } } }) {
  const supervision = supervised(options)
  const { master, events } = supervision
  master.slots = { web: 1, cache: 1, store: 3, admin: 1 }
  master.after = { web: ['cache', 'store'], cache: ['store'] }
  return { ...supervision, told: () => events.filter((event) => event.startsWith('dependants')) }
}

describe('groups that come after one whose worker died', () => {
  test('are reloaded in their order, once it is succeeded', async () => {
    const { master, told } = chain()
    master.vacate('store', 0)
    await settled()
    assert.deepEqual(master.reloads, [])
    master.serve('store', 0)
    await settled()
    assert.deepEqual(master.reloads, ['cache', 'web'])
    assert.deepEqual(told(), ['dependants store cache,web'])
  })

  test('are not reloaded before it is succeeded, though the dead one still counts as ready', async () => {
    const { master } = chain()
    const dead = master.serve('store', 0)
    master.emit('vacant', { group: 'store', slot: 0, worker: dead })
    await settled()
    assert.deepEqual(master.reloads, [])
    dead.state = 'exited'
    master.serve('store', 0)
    await settled()
    assert.deepEqual(master.reloads, ['cache', 'web'])
  })

  test('are reloaded once for deaths that come together, when all are succeeded', async () => {
    const { master, told } = chain()
    for (const slot of [0, 1]) master.vacate('store', slot)
    master.serve('store', 1)
    await settled()
    assert.deepEqual(master.reloads, [])
    master.serve('store', 0)
    await settled()
    assert.deepEqual([master.reloads, told().length], [['cache', 'web'], 1])
  })

  test('are reloaded again for a death during that', async () => {
    const { master, told } = chain()
    const die = (slot: number) => {
      master.vacate('store', slot)
      master.serve('store', slot)
    }
    let finish = () => {}
    master.reloading = () => new Promise((resolve) => (finish = resolve))
    die(0)
    for (const slot of [1, 2]) die(slot)
    assert.deepEqual(master.reloads, ['cache'])
    master.reloading = async () => {}
    finish()
    await settled()
    assert.deepEqual([master.reloads, told().length], [['cache', 'web', 'cache', 'web'], 2])
  })

  test('are reloaded as well if the successor stood by, or was ready before the other was gone', async () => {
    const { master } = chain()
    const worker = master.serve('store', 0)
    master.serve('store', 0)
    assert.deepEqual(master.reloads, [])
    master.exit(worker, CRASH)
    await settled()
    assert.deepEqual(master.reloads, ['cache', 'web'])
  })

  test('are not waited for longer if the slot is taken away', async () => {
    const { master } = chain()
    for (const slot of [0, 2]) master.vacate('store', slot)
    master.serve('store', 0)
    master.emit('scale', { group: 'store', from: 3, to: 2 })
    await settled()
    assert.deepEqual(master.reloads, ['cache', 'web'])
  })

  test('are reloaded although one of them fails, which is left out', async () => {
    const { master, told } = chain()
    master.reloading = async (name) => {
      if (name === 'cache') throw new ManifoldError('ERR_MANIFOLD_START', 'exit code 1')
    }
    master.vacate('store', 0)
    master.serve('store', 0)
    await settled()
    assert.deepEqual(told(), ['dependants store web'])
  })

  for (const [what, options] of [
    ['nothing is said', {}],
    ['it is said of another group', { groups: { cache: { restart: { dependants: true } } } }],
  ] as const) {
    test(`are left alone if ${what}`, async () => {
      const { master } = chain(options as never)
      master.vacate('store', 0)
      master.serve('store', 0)
      await settled()
      assert.deepEqual(master.reloads, [])
    })
  }

  test('are left alone if the worker was asked to finish, never served, or is not restarted', async () => {
    const { master } = chain({
      groups: { store: { restart: { dependants: true, policy: 'on-failure' } as never } },
    })
    const replaced = master.serve('store', 0)
    master.serve('store', 0)
    master.exit(replaced, { type: 'exited', code: 0, asked: true })
    const miscarried = master.miscarry('store', 1)
    master.exit(miscarried, CRASH)
    master.serve('store', 1)
    const done = master.vacate('store', 2)
    master.exit(done, { type: 'exited', code: 0, asked: false })
    master.serve('store', 2)
    await settled()
    assert.deepEqual(master.reloads, [])
  })

  test('are left alone once the master stops', async () => {
    const { master } = chain()
    master.vacate('store', 0)
    master.state = 'stopping'
    master.serve('store', 0)
    await settled()
    assert.deepEqual(master.reloads, [])
  })
})
