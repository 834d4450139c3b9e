import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ManifoldError } from '@manifold/core'
import { PaperGroup, turns } from '../reload/paper-group.js'

/** A group whose pool has been filled, and waits. */
async function waiting(slots: number, standby: number): Promise<PaperGroup> {
  const group = await PaperGroup.serving(slots, standby)
  group.standbys.open()
  for (const worker of group.workers.slice(slots)) worker.waits()
  return group
}

const ids = (group: PaperGroup) => group.standbys.members.map(({ id }) => id)

describe('standbys', () => {
  test('are started once the group has, and not before', async () => {
    const group = await PaperGroup.serving(2, 2)
    await turns()
    assert.deepEqual(ids(group), [])
    group.standbys.open()
    group.standbys.open()
    assert.deepEqual([ids(group), group.workers[2]?.slot], [[2, 3], -1])
  })

  test('a vacant slot gets one, and another follows when that is ready', async () => {
    const group = await waiting(2, 1)
    group.workers[0]?.exit()
    const filled = group.slots.list[0]?.fill(group.releases.own)
    assert.equal(group.picture, '(old2) old1')
    assert.deepEqual([group.workers[2]?.slot, ids(group)], [0, []])
    await turns()
    assert.deepEqual(ids(group), [])
    group.workers[2]?.ready()
    await filled
    await turns()
    assert.deepEqual([group.picture, ids(group)], ['old2 old1', [3]])
  })

  test('another follows also when the one with the slot does not come up', async () => {
    const group = await waiting(1, 1)
    group.workers[0]?.exit()
    const filled = group.slots.list[0]?.fill(group.releases.own)
    group.workers[1]?.exit()
    await assert.rejects(filled!, { code: 'ERR_MANIFOLD_START' })
    await turns()
    assert.deepEqual([group.picture, ids(group)], ['-', [2]])
    // It was no standby any more.
    assert.deepEqual(
      group.seen.filter((event) => event.startsWith('standbyVacant')),
      [],
    )
  })

  test('one that waits goes before one that is on its way, and this before a new one', async () => {
    const group = await PaperGroup.serving(1, 2)
    group.standbys.open()
    group.workers[2]?.waits()
    const added = group.slots.grow(4).map((slot) => group.releases.fillNew(slot))
    assert.equal(group.picture, 'old0 (old2) (old1) (old3)')
    for (const worker of group.workers) if (worker.state !== 'ready') worker.ready()
    await Promise.all(added)
  })

  test('one that is on its way gets no slot after one that failed, until one has waited', async () => {
    const group = await PaperGroup.serving(1, 1)
    group.standbys.open()
    group.workers[1]?.exit()
    await turns()
    group.standbys.fill()
    group.workers[0]?.exit()
    const filled = group.slots.list[0]?.fill(group.releases.own)
    assert.deepEqual([group.workers[3]?.slot, ids(group)], [0, [2]])
    group.workers[3]?.ready()
    await filled
    group.workers[2]?.waits()
    const [added] = group.slots.grow(2).map((slot) => group.releases.fillNew(slot))
    group.workers[2]?.ready()
    await added
    await turns()
    // The next one is on its way.
    assert.deepEqual(ids(group), [4])
    const [next] = group.slots.grow(3).map((slot) => group.releases.fillNew(slot))
    assert.deepEqual([group.workers[4]?.slot, ids(group)], [2, []])
    group.workers[4]?.ready()
    await next
  })

  test('one that has fallen silent gets no slot, and is no more if that lasts', async () => {
    const group = await waiting(3, 2)
    group.workers[3]!.silentMs = 1_001
    const added = group.slots.grow(5).map((slot) => group.releases.fillNew(slot))
    assert.equal(group.picture, 'old0 old1 old2 (old4) (old5)')
    group.workers[3]!.silentMs = 10_001
    void group.releases.fillNew(group.slots.grow(6).at(-1)!)
    await turns()
    assert.deepEqual(
      group.seen.filter((event) => event.startsWith('standbyVacant')),
      ['standbyVacant 3 ERR_MANIFOLD_START'],
    )
    assert.equal(added.length, 2)
  })

  test('one that is gone is told, and replenish() starts another', async () => {
    const group = await waiting(1, 2)
    group.workers[1]?.exit()
    await turns()
    assert.deepEqual(
      [group.seen, ids(group)],
      [['standby 1', 'standby 2', 'standbyVacant 1 ERR_MANIFOLD_START'], [2]],
    )
    const replenished = group.standbys.replenish()
    assert.deepEqual(ids(group), [2, 3])
    group.workers[3]?.waits()
    await replenished
    await group.standbys.replenish()
    assert.deepEqual(ids(group), [2, 3])
  })

  test('replenish() tells which does not come so far', async () => {
    const group = await PaperGroup.serving(1, 1)
    const replenished = group.standbys.replenish()
    group.workers[1]?.exit()
    await assert.rejects(replenished, { code: 'ERR_MANIFOLD_START' })
  })

  test('replenish() does not wait for one that has got a slot, or was not to go on', async () => {
    const group = await PaperGroup.serving(1, 1)
    const promoted = group.standbys.replenish()
    void group.releases.fillNew(group.slots.grow(2)[0]!)
    await promoted
    group.workers[1]?.ready()
    await turns()
    const dismissed = group.standbys.replenish()
    group.standbys.dismiss()
    await dismissed
    assert.deepEqual(ids(group), [])
  })

  test('are ended with the group, and nobody follows', async () => {
    const group = await waiting(1, 2)
    group.workers[1]!.lingers = true
    let closed = false
    const closing = group.standbys.close().then(() => {
      closed = true
    })
    await turns()
    assert.deepEqual([ids(group), group.standbys.workers.map(({ id }) => id), closed], [[], [1], false])
    group.workers[1]?.exit()
    await closing
    group.standbys.open()
    group.standbys.fill()
    await group.standbys.replenish()
    assert.deepEqual([group.standbys.workers, group.workers.length], [[], 3])
    assert.deepEqual(group.seen, ['standby 1', 'standby 2'])
  })
})

describe('a reload with standbys', () => {
  test('ends those that have loaded the former code, and uses those that come after', async () => {
    const group = await waiting(2, 1)
    const reloaded = group.releases.reload({})
    await turns()
    assert.deepEqual([group.workers[2]?.state, group.picture], ['exited', 'old0(old3) old1'])
    assert.deepEqual(ids(group), [])
    group.workers[3]?.ready()
    await turns()
    // The fresh one has a start over any that would be started now.
    assert.deepEqual([group.picture, ids(group)], ['old3 old1(old4)', []])
    group.workers[4]?.ready()
    await turns()
    await reloaded
    assert.deepEqual([group.picture, ids(group)], ['old3 old4', [5]])
  })

  test('to another release has standbys of that one', async () => {
    const group = await waiting(2, 1)
    const reloaded = group.releases.reload({ exec: 'new', canaryMs: 1_000 })
    await turns()
    group.workers[3]?.ready()
    await turns()
    assert.equal(group.last().exec, 'new')
    // Who dies meanwhile is followed by the release that has proven itself.
    group.workers[1]?.exit()
    const filled = group.slots.list[1]?.fill(group.releases.own)
    assert.equal(group.picture, 'new3 (old5)')
    group.last().ready()
    await filled
    group.clock.advance(1_000)
    await turns()
    assert.equal(group.picture, 'new3 old5(new4)')
    group.workers[4]?.ready()
    await turns()
    await reloaded
    assert.deepEqual([group.picture, ids(group), group.last().exec], ['new3 new4', [6], 'new'])
  })

  test('that is aborted leaves standbys of the former release', async () => {
    const group = await waiting(1, 1)
    const reloaded = group.releases.reload({ exec: 'new' })
    reloaded.catch(() => {})
    await turns()
    group.last().exit()
    await assert.rejects(reloaded, { code: 'ERR_MANIFOLD_START' })
    await turns()
    assert.deepEqual([group.picture, ids(group), group.last().exec], ['old0', [3], 'old'])
  })

  test('that is aborted later replaces the standbys of its own', async () => {
    const group = await waiting(2, 1)
    const reloaded = group.releases.reload({ exec: 'new' })
    reloaded.catch(() => {})
    await turns()
    group.last().ready()
    await turns()
    assert.equal(group.picture, 'new3 old1(new4)')
    group.last().exit()
    await turns()
    assert.equal(group.picture, 'new3(old6) old1')
    group.last().ready()
    await turns()
    await assert.rejects(reloaded, { code: 'ERR_MANIFOLD_START' })
    await turns()
    assert.equal(group.picture, 'old6 old1')
    assert.deepEqual(
      group.standbys.members.map((worker) => group.workers[worker.id]?.exec),
      ['old'],
    )
    assert.deepEqual(
      group.seen.filter((event) => event.startsWith('standbyVacant')),
      [],
    )
  })

  test('that is stopped leaves none', async () => {
    const group = await waiting(2, 1)
    const reloaded = group.releases.reload({})
    reloaded.catch(() => {})
    await turns()
    group.releases.stop(new ManifoldError('ERR_MANIFOLD_STOPPED', 'stopped'))
    await Promise.all([group.standbys.close(), group.slots.close('stop')])
    await assert.rejects(reloaded, { code: 'ERR_MANIFOLD_STOPPED' })
    assert.deepEqual(
      group.workers.filter(({ state }) => state !== 'exited'),
      [],
    )
  })
})
