import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { once } from '../../helpers/wait.js'
import { ask, replaceByForce, says, startMessengers, type Who } from './messengers.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const ways = ['link', 'master'] as const

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  )
}

describe('a call', () => {
  for (const via of ways) {
    test(`by ${via} goes to any worker in turn, to that of a slot, or to that of a key`, async (t) => {
      const master = await startMessengers(t, { web: {}, store: { workers: 4 } })
      const who = (limits: object) =>
        ask(master, 'web', 'store', 'who', null, { via, ...limits }) as Promise<Who>
      const turn = [await who({}), await who({}), await who({}), await who({})].map(({ slot }) => slot)
      assert.deepEqual(turn.toSorted(), [0, 1, 2, 3])
      for (const slot of [2, 0, 2]) assert.equal((await who({ slot })).slot, slot)

      const keys = Array.from({ length: 24 }, (_, index) => `user ${index}`)
      const owners = async () => {
        const found: [string, number][] = []
        for (const key of keys) found.push([key, (await who({ key })).slot])
        return new Map(found)
      }
      const first = await owners()
      assert.deepEqual([...new Set(first.values())].toSorted(), [0, 1, 2, 3])
      assert.deepEqual(await owners(), first)
      // A lost slot moves its own keys, and only those; and gets them back.
      const lost = master.group('store').workers.find(({ slot }) => slot === 1)!
      const vacant = once(master, 'vacant')
      process.kill(lost.pid!, 'SIGKILL')
      await vacant
      for (const [key, slot] of await owners()) {
        if (first.get(key) === 1) assert.notEqual(slot, 1)
        else assert.equal(slot, first.get(key))
      }
      await assert.rejects(who({ slot: 1 }), { code: 'ERR_MANIFOLD_NO_WORKER', message: /in slot 1/ })
      await master.group('store').fill(1)
      assert.deepEqual(await owners(), first)
    })

    test(`by ${via} tells who asks, and what went wrong`, async (t) => {
      const master = await startMessengers(t, { web: {}, store: {} })
      const [web] = master.group('web').workers
      const { from } = (await ask(master, 'web', 'store', 'who', null, { via })) as Who
      assert.deepEqual(from, { group: 'web', slot: 0, id: web!.id })
      const error = (await failure(
        ask(master, 'web', 'store', 'fail', null, { via }),
      )) as NodeJS.ErrnoException
      assert.deepEqual(
        [error.name, error.code, error.message],
        ['TypeError', 'ERR_NO_SALT', 'there is no salt'],
      )
      assert.match(error.stack ?? '', /messenger/)
      await assert.rejects(ask(master, 'web', 'store', 'nothing', null, { via }), {
        code: 'ERR_MANIFOLD_NO_HANDLER',
      })
      await assert.rejects(ask(master, 'web', 'nobody', 'echo', null, { via }), {
        code: 'ERR_MANIFOLD_OPTION',
      })
    })

    test(`by ${via} that its caller gives up is given up by who answers`, async (t) => {
      const master = await startMessengers(t, { web: {}, store: {} })
      const [store] = master.group('store').workers
      for (const end of ['abort', 'timeout'] as const) {
        const asked = says<{ asked: number; by: object }>(master, 'asked')
        const abandoned = says<{ abandoned: number }>(master, 'abandoned')
        const timeoutMs = end === 'timeout' ? 300 : 60_000
        const call = ['store', 'wait', null, { via, timeoutMs }]
        const failed = master.group('web').call('ask, and maybe give up', call)
        failed.catch(() => {})
        assert.equal((await asked).asked, store!.id)
        if (end === 'abort') await master.group('web').call('give up')
        const code = end === 'abort' ? 'ERR_MANIFOLD_ABORTED' : 'ERR_MANIFOLD_TIMEOUT'
        await assert.rejects(failed, { code })
        assert.deepEqual(await abandoned, { abandoned: store!.id })
      }
    })

    test(`by ${via} is given up by who answers when its caller dies`, async (t) => {
      const master = await startMessengers(t, { web: {}, store: {} })
      const [web] = master.group('web').workers
      const asked = says(master, 'asked')
      const abandoned = says(master, 'abandoned')
      ask(master, 'web', 'store', 'wait', null, { via }).catch(() => {})
      await asked
      process.kill(web!.pid!, 'SIGKILL')
      await abandoned
    })

    test(`by ${via} fails when its worker dies, and finds another if it may be retried`, async (t) => {
      const master = await startMessengers(t, { web: {}, store: { workers: 2 } })
      for (const retry of [false, true]) {
        const asked = says<{ asked: number }>(master, 'asked')
        const call = ask(master, 'web', 'store', 'answer later', 'late', { via, retry })
        call.catch(() => {})
        const { asked: id } = await asked
        const askedAgain = retry ? says<{ asked: number }>(master, 'asked') : undefined
        await replaceByForce(master, master.group('store').workers.find((worker) => worker.id === id)!)
        if (askedAgain) {
          const next = (await askedAgain).asked
          assert.notEqual(next, id)
          master
            .group('store')
            .workers.find((worker) => worker.id === next)!
            .send('answer')
          assert.equal(await call, 'late')
        } else {
          await assert.rejects(call, { code: 'ERR_MANIFOLD_CHANNEL_CLOSED' })
        }
      }
    })

    test(`by ${via} to nobody fails at once, or waits for somebody`, async (t) => {
      const master = await startMessengers(t, { web: {}, store: {} })
      assert.equal(await ask(master, 'web', 'store', 'echo', 1, { via }), 1)
      const vacant = once(master, 'vacant')
      process.kill(master.group('store').workers[0]!.pid!, 'SIGKILL')
      await vacant
      await assert.rejects(ask(master, 'web', 'store', 'echo', 1, { via }), {
        code: 'ERR_MANIFOLD_NO_WORKER',
      })
      await assert.rejects(ask(master, 'web', 'store', 'echo', 1, { via, retry: true, timeoutMs: 50 }), {
        code: 'ERR_MANIFOLD_TIMEOUT',
      })
      const patient = ask(master, 'web', 'store', 'echo', 2, { via, retry: true })
      await master.group('store').fill(0)
      assert.equal(await patient, 2)
    })

    test(`by ${via} that waits for somebody waits no longer than there can be anybody`, async (t) => {
      const master = await startMessengers(t, { web: {}, store: { workers: 0 } })
      const store = master.group('store')
      const stopped = { code: 'ERR_MANIFOLD_STOPPED' }
      const waits = [
        store.call('echo', 1, { retry: true }),
        ask(master, 'web', 'store', 'echo', 1, { via, retry: true }),
      ]
      // One that is known to have come, after those.
      await ask(master, 'web', 'web', 'echo', 1, { via: 'master' })
      const failures = Promise.all(waits.map((call) => assert.rejects(call, stopped)))
      await master.removeGroup('store')
      await failures
      await assert.rejects(store.call('echo', 1, { retry: true }), stopped)
    })

    test(`by ${via} to its own group may be answered by the caller itself, with a copy`, async (t) => {
      const master = await startMessengers(t, { web: {} })
      const [web] = master.group('web').workers
      const { id, from } = (await ask(master, 'web', 'web', 'who', null, { via })) as Who
      assert.deepEqual([id, from.id], [web!.id, web!.id])
      assert.deepEqual(await ask(master, 'web', 'web', 'change', { a: 1 }, { via }), { a: 1, changed: true })
      await assert.rejects(ask(master, 'web', 'web', 'fail', null, { via }), { code: 'ERR_NO_SALT' })
    })

    test(`by ${via} that is under way is answered before its worker ends`, async (t) => {
      const master = await startMessengers(t, { web: {}, store: {} })
      for (const how of ['reload', 'SIGTERM'] as const) {
        const asked = says(master, 'asked')
        const call = ask(master, 'web', 'store', 'answer later', how, { via })
        await asked
        const [old] = master.group('store').workers
        const draining = once(master, 'draining')
        const ended = how === 'reload' ? master.group('store').reload() : once(master, 'vacant')
        if (how === 'SIGTERM') old!.kill()
        await draining
        // It has to be asked nothing new, and is still there.
        const exited = once(master, 'exit')
        old!.send('answer')
        assert.equal(await call, how)
        await exited
        await ended
        if (how === 'SIGTERM') continue
        assert.equal(await ask(master, 'web', 'store', 'echo', 'go on', { via }), 'go on')
      }
    })
  }

  test('by the master has the same limits', async (t) => {
    const master = await startMessengers(t, { store: { workers: 2 } })
    const store = master.group('store')
    const who = (limits: object) => store.call('who', null, limits) as Promise<Who>
    assert.deepEqual([(await who({ slot: 1 })).slot, (await who({ slot: 0 })).slot], [1, 0])
    assert.equal((await who({ key: 'a' })).id, (await who({ key: 'a' })).id)
    assert.deepEqual((await who({})).from, { group: 'master', slot: 0, id: 0 })
    const controller = new AbortController()
    const asked = says(master, 'asked')
    const abandoned = says(master, 'abandoned')
    const call = store.call('wait', null, { signal: controller.signal })
    call.catch(() => {})
    await asked
    controller.abort()
    await assert.rejects(call, { code: 'ERR_MANIFOLD_ABORTED' })
    await abandoned
  })

  test('to the master is given up there when its worker does', async (t) => {
    const master = await startMessengers(t, { web: {} })
    const abandoned = new Promise<void>((resolve) => {
      master.handle('wait', (_payload, _worker, { signal }) => {
        return new Promise((answer) => {
          signal.addEventListener('abort', () => {
            resolve()
            answer(null)
          })
        })
      })
    })
    await assert.rejects(ask(master, 'web', 'master', 'wait', null, { timeoutMs: 100 }), {
      code: 'ERR_MANIFOLD_TIMEOUT',
    })
    await abandoned
  })

  test('is refused where its limits make no sense', async (t) => {
    const master = await startMessengers(t, { web: {} })
    for (const [limits, message] of [
      [{ slot: -1 }, /^option 'limits.slot' must be a whole number from 0 .*, but is -1$/],
      [{ key: '' }, /^option 'limits.key' must be a string that is not empty .*, but is ''$/],
      [
        { slot: 1, key: 'a' },
        /^option 'limits.key' must be left out where limits.slot is given, but is 'a'$/,
      ],
      [{ retry: 1 }, /^option 'limits.retry' must be true or false, but is 1$/],
      [{ via: 'post' }, /^option 'limits.via' must be one of 'link', 'master', but is 'post'$/],
      [{ worker: 1 }, /^option 'limits.worker' must be left out/],
    ] as const) {
      await assert.rejects(ask(master, 'web', 'web', 'echo', null, limits), {
        code: 'ERR_MANIFOLD_OPTION',
        message,
      })
      if ('via' in limits) continue
      await assert.rejects(master.group('web').call('echo', null, limits as object), {
        code: 'ERR_MANIFOLD_OPTION',
        message,
      })
    }
  })
})
