import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ManifoldError } from '@manifold/core'
import { PaperGroup, turns } from './paper-group.js'

const NEXT = { exec: 'new' }

describe('a reload', () => {
  test('replaces one slot after the other, each when the one before is ready', async () => {
    const group = await PaperGroup.serving(3)
    group.workers[0]!.lingers = true
    const reloaded = group.releases.reload({})
    await turns()
    assert.equal(group.picture, 'old0(old3) old1 old2')
    group.last().ready()
    await turns()
    assert.equal(group.picture, 'old3 old1(old4) old2')
    group.last().ready()
    await turns()
    group.last().ready()
    await turns()
    assert.equal(group.picture, 'old3 old4 old5')
    assert.deepEqual(group.seen, [], 'the first of the old ones has not finished')
    group.workers[0]!.exit()
    await reloaded
    assert.deepEqual(group.seen, ['reload {"group":"web","workers":3}'])
  })

  test('replaces a batch at a time', async () => {
    const group = await PaperGroup.serving(3)
    const reloaded = group.releases.reload({ ...NEXT, batch: 2 })
    await turns()
    assert.equal(group.picture, 'old0(new3) old1(new4) old2')
    group.last(1).ready()
    await turns()
    assert.equal(group.picture, 'new3 old1(new4) old2')
    group.last().ready()
    await turns()
    assert.equal(group.picture, 'new3 new4 old2(new5)')
    group.last().ready()
    await reloaded
    assert.equal(group.releases.own.exec, 'new')
  })

  test('without surge lets the old worker finish first; who is not served counts in the batch', async () => {
    const group = await PaperGroup.serving(3)
    group.workers[1]!.exit()
    for (const worker of group.workers) worker.lingers = true
    const reloaded = group.releases.reload({ ...NEXT, surge: false })
    await turns()
    assert.equal(group.picture, 'old0 (new3) old2', 'what is vacant comes first, and alone')
    group.last().ready()
    await turns()
    assert.equal(group.picture, '… new3 old2')
    assert.equal(group.slots.list[0]?.state, 'emptying')
    group.workers[0]!.exit()
    await turns()
    assert.equal(group.picture, '(new4) new3 old2')
    group.last().ready()
    await turns()
    assert.equal(group.picture, 'new4 new3 …')
    group.workers[2]!.exit()
    await turns()
    group.last().ready()
    await reloaded
    assert.equal(group.picture, 'new4 new3 new5')
    assert.deepEqual(group.seen, ['vacant 1', 'reload {"group":"web","workers":3}'])
  })

  test('waits after the first batch, and after no other', async () => {
    const group = await PaperGroup.serving(3)
    const reloaded = group.releases.reload({ canaryMs: 5_000 })
    await turns()
    group.last().ready()
    await turns()
    group.clock.advance(4_999)
    await turns()
    assert.equal(group.picture, 'old3 old1 old2')
    group.clock.advance(1)
    await turns()
    group.last().ready()
    await turns()
    group.last().ready()
    await reloaded
    assert.equal(group.picture, 'old3 old4 old5')
    assert.equal(group.clock.pending, 0)
  })

  test('is joined by another without options, which one with options may not', async () => {
    const group = await PaperGroup.serving(1)
    const reloads = [group.releases.reload(NEXT), group.releases.reload({})]
    const refused = { code: 'ERR_MANIFOLD_STATE', message: "group 'web' is being reloaded already" }
    await assert.rejects(group.releases.reload({ batch: 1 }), refused)
    await turns()
    group.last().ready()
    await Promise.all(reloads)
    assert.equal(group.workers.length, 2)
    assert.deepEqual(group.seen, ['reload {"group":"web","workers":1}'])
  })

  test('is joined also by who hears of its first worker', async () => {
    const group = await PaperGroup.serving(1)
    const joined: Promise<void>[] = []
    group.onSpawn = () => joined.push(group.releases.reload({}))
    const reloaded = group.releases.reload({})
    await turns()
    group.last().ready()
    await Promise.all([reloaded, ...joined])
    assert.deepEqual([joined.length, group.workers.length], [1, 2])
  })

  test('is ended by a stop, and brings nothing back', async () => {
    const group = await PaperGroup.serving(2)
    const reason = new ManifoldError('ERR_MANIFOLD_STOPPED', 'the group is stopping')
    const atOnce = group.releases.reload({})
    group.releases.stop(reason)
    await assert.rejects(atOnce, reason)
    assert.equal(group.workers.length, 2)
    const inPause = group.releases.reload({ ...NEXT, canaryMs: 1_000 })
    await turns()
    group.last().ready()
    await turns()
    assert.equal(group.clock.pending, 1)
    group.releases.stop(reason)
    await assert.rejects(inPause, reason)
    assert.deepEqual([group.picture, group.clock.pending, group.seen], ['new2 old1', 0, []])
  })

  test('has succeeded, stop or not, when only old workers are finishing', async () => {
    const group = await PaperGroup.serving(1)
    group.workers[0]!.lingers = true
    const reloaded = group.releases.reload(NEXT)
    await turns()
    group.last().ready()
    await turns()
    group.releases.stop(new ManifoldError('ERR_MANIFOLD_STOPPED', 'the group is stopping'))
    group.workers[0]!.exit()
    await reloaded
    assert.deepEqual(group.seen, ['reload {"group":"web","workers":1}'])
  })

  test('takes a worker that is on its way, unless it runs another release', async () => {
    const group = new PaperGroup(1)
    void group.slots.list[0]!.fill(group.releases.own)
    const same = group.releases.reload({})
    await turns()
    assert.equal(group.picture, '(old0)')
    group.last().ready()
    await same
    const filled = group.slots.grow(2)[0]!.fill(group.releases.own)
    const next = group.releases.reload({ ...NEXT, batch: 2 })
    await turns()
    assert.equal(group.picture, 'old0(new2) (old1)')
    group.workers[1]!.ready()
    await filled
    await turns()
    assert.equal(group.picture, 'old0(new2) old1(new3)')
    for (const worker of group.workers.slice(2)) worker.ready()
    await next
    assert.equal(group.picture, 'new2 new3')
  })

  test('does without a worker of an older release that does not come up', async () => {
    const group = new PaperGroup(1)
    group.slots.list[0]!.fill(group.releases.own).catch(() => {})
    const reloaded = group.releases.reload(NEXT)
    await turns()
    group.last().exit()
    await turns()
    assert.equal(group.picture, '(new1)')
    group.last().ready()
    await reloaded
  })
})

describe('an aborted reload', () => {
  const STARTED = { code: 'ERR_MANIFOLD_START' }

  test('leaves the old workers, and ends successors of the same batch', async () => {
    const group = await PaperGroup.serving(3)
    const failed = assert.rejects(group.releases.reload({ ...NEXT, batch: 2 }), STARTED)
    await turns()
    assert.equal(group.picture, 'old0(new3) old1(new4) old2')
    group.last().exit()
    await failed
    assert.equal(group.picture, 'old0 old1 old2')
    assert.deepEqual(await group.workers[3]!.closed, { type: 'exited', code: 0, asked: true })
    assert.equal(group.releases.own.exec, 'old')
    assert.deepEqual(group.seen, [
      'reloadAborted {"group":"web","error":"ERR_MANIFOLD_START","rolledBack":[]}',
    ])
  })

  test('brings back what the new release had come to, step by step', async () => {
    const group = await PaperGroup.serving(3)
    const failed = assert.rejects(group.releases.reload(NEXT), STARTED)
    for (let slot = 0; slot < 2; slot++) {
      await turns()
      group.last().ready()
    }
    await turns()
    assert.equal(group.picture, 'new3 new4 old2(new5)')
    group.last().exit()
    await turns()
    assert.equal(group.picture, 'new3(old6) new4 old2')
    group.last().ready()
    await turns()
    assert.equal(group.picture, 'old6 new4(old7) old2')
    group.last().ready()
    await failed
    assert.equal(group.picture, 'old6 old7 old2')
    assert.deepEqual(group.seen, [
      'reloadAborted {"group":"web","error":"ERR_MANIFOLD_START","rolledBack":[0,1]}',
    ])
  })

  test('does not roll back where there is no new release', async () => {
    const group = await PaperGroup.serving(2)
    const failed = assert.rejects(group.releases.reload({}), STARTED)
    await turns()
    group.last().ready()
    await turns()
    group.last().exit()
    await failed
    assert.equal(group.picture, 'old2 old1')
  })

  test('tells where the former release does not come up either', async () => {
    const group = await PaperGroup.serving(2)
    const failed = assert.rejects(group.releases.reload(NEXT), /worker 3 ended/)
    await turns()
    group.last().ready()
    await turns()
    group.last().exit()
    await turns()
    assert.equal(group.picture, 'new2(old4) old1')
    group.last().exit()
    await failed
    assert.equal(group.picture, 'new2 old1')
    assert.deepEqual(group.seen, [
      'failed 0 ERR_MANIFOLD_START',
      'reloadAborted {"group":"web","error":"ERR_MANIFOLD_START","rolledBack":[]}',
    ])
  })

  test('without surge fills what it had emptied with the former release', async () => {
    const group = await PaperGroup.serving(3)
    group.workers[1]!.lingers = true
    const failed = assert.rejects(group.releases.reload({ ...NEXT, surge: false, batch: 2 }), STARTED)
    await turns()
    assert.equal(group.picture, '(new3) … old2')
    group.last().exit()
    await turns()
    assert.equal(group.picture, '(old4) … old2')
    group.workers[1]!.exit()
    await turns()
    assert.equal(group.picture, '(old4) (old5) old2')
    group.last().ready()
    group.last(1).ready()
    await failed
    assert.deepEqual(group.seen, [
      'vacant 0',
      'reloadAborted {"group":"web","error":"ERR_MANIFOLD_START","rolledBack":[0,1]}',
    ])
  })

  for (const [how, message] of [
    ['exit', /^worker of group 'web', slot 0 \(pid 1002\) was lost 0 ms after its start.*: exit code 7$/],
    ['drain', /: it finishes by itself$/],
  ] as const) {
    test(`by a canary that dies in the pause (${how}): its slot is filled at once`, async () => {
      const group = await PaperGroup.serving(2)
      const failed = assert.rejects(group.releases.reload({ ...NEXT, canaryMs: 1_000 }), {
        code: 'ERR_MANIFOLD_CANARY',
        message,
      })
      await turns()
      const canary = group.last()
      canary.ready()
      await turns()
      canary.lingers = true
      if (how === 'exit') canary.exit()
      else void canary.drain('signal')
      await turns()
      assert.equal(group.picture, '(old3) old1')
      group.last().ready()
      await turns()
      group.clock.advance(1_000)
      await failed
      assert.equal(group.clock.pending, 0)
      assert.equal(group.picture, 'old3 old1')
      assert.deepEqual(group.seen, [
        'vacant 0',
        'reloadAborted {"group":"web","error":"ERR_MANIFOLD_CANARY","rolledBack":[0]}',
      ])
    })
  }

  test('by a new worker that dies while the last old one finishes', async () => {
    const group = await PaperGroup.serving(2)
    group.workers[1]!.lingers = true
    const failed = assert.rejects(group.releases.reload({ ...NEXT, batch: 2 }), {
      code: 'ERR_MANIFOLD_CANARY',
      cause: { type: 'exited', code: 7, asked: false },
    })
    await turns()
    for (const worker of group.workers.slice(2)) worker.ready()
    await turns()
    group.last().exit()
    await turns()
    assert.equal(group.picture, 'new2(old5) (old4)')
    for (const worker of group.workers.slice(4)) worker.ready()
    await failed
    assert.equal(group.picture, 'old5 old4')
  })

  test('is not aborted by a new worker that is replaced at its own wish', async () => {
    const group = await PaperGroup.serving(1)
    const reloaded = group.releases.reload({ ...NEXT, canaryMs: 1_000 })
    await turns()
    group.last().ready()
    await turns()
    const renewed = group.releases.renew(group.slots.list[0]!)
    assert.equal(group.picture, 'new1(new2)')
    group.last().ready()
    await renewed
    group.clock.advance(1_000)
    await reloaded
    assert.equal(group.picture, 'new2')
  })

  test('by the end of a worker that has replaced a new one at its wish', async () => {
    const group = await PaperGroup.serving(1)
    const failed = assert.rejects(group.releases.reload({ ...NEXT, canaryMs: 1_000 }), {
      code: 'ERR_MANIFOLD_CANARY',
    })
    await turns()
    group.last().ready()
    await turns()
    const renewed = group.releases.renew(group.slots.list[0]!)
    group.last().ready()
    await renewed
    group.last().exit()
    await turns()
    assert.equal(group.picture, '(old3)')
    group.last().ready()
    await failed
  })

  test('ends its release with it: who wishes to be replaced gets the former one', async () => {
    const group = await PaperGroup.serving(2)
    const failed = assert.rejects(group.releases.reload(NEXT))
    await turns()
    group.last().ready()
    await turns()
    group.last().exit()
    await turns()
    assert.equal(group.picture, 'new2(old4) old1')
    group.last().exit()
    await failed
    const renewed = group.releases.renew(group.slots.list[0]!)
    assert.equal(group.picture, 'new2(old5) old1')
    group.last().ready()
    await renewed
  })
})

describe('slots that come and go while a reload runs', () => {
  test('start with its release, and are brought back with the others', async () => {
    const group = await PaperGroup.serving(1)
    const failed = assert.rejects(group.releases.reload({ ...NEXT, canaryMs: 1_000 }))
    await turns()
    group.last().ready()
    await turns()
    const filled = group.releases.fillNew(group.slots.grow(2)[0]!)
    assert.equal(group.picture, 'new1 (new2)')
    group.last().ready()
    await filled
    await turns()
    group.workers[1]!.exit()
    await turns()
    assert.equal(group.picture, '(old3) new2(old4)')
    for (const worker of group.workers.slice(3)) worker.ready()
    await failed
    assert.equal(group.picture, 'old3 old4')
    await assert.doesNotReject(async () => {
      const late = group.releases.fillNew(group.slots.grow(3)[0]!)
      group.last().ready()
      assert.equal((await late) as unknown, group.last())
    })
    assert.equal(group.last().exec, 'old')
  })

  test('are awaited, and abort it if they do not come up', async () => {
    const group = await PaperGroup.serving(1)
    const failed = assert.rejects(group.releases.reload(NEXT), /worker 2 ended/)
    await turns()
    const filled = assert.rejects(group.releases.fillNew(group.slots.grow(2)[0]!))
    group.workers[1]!.ready()
    await turns()
    assert.equal(group.picture, 'new1 (new2)')
    group.last().exit()
    await filled
    await turns()
    for (const worker of group.workers.slice(3)) worker.ready()
    await failed
    assert.deepEqual(group.picture.replaceAll(/\d/g, ''), 'old old')
  })

  test('are left out once they are removed', async () => {
    const group = await PaperGroup.serving(3)
    const reloaded = group.releases.reload({ ...NEXT, batch: 2 })
    await turns()
    assert.equal(group.picture, 'old0(new3) old1(new4) old2')
    await group.slots.shrink(1)
    group.workers[3]!.ready()
    await reloaded
    assert.equal(group.picture, 'new3')
    assert.deepEqual(group.seen, ['reload {"group":"web","workers":1}'])
  })
})
