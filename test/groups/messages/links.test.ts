import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { end, forkFixture, heard, temporaryDirectory } from '../../helpers/fixture.js'
import { assertNoLeaks, isAlive, snapshot, socketsOf } from '../../helpers/leaks.js'
import { once, until } from '../../helpers/wait.js'
import { ask, replaceByForce, says, startMessengers, type Who } from './messengers.js'

const before = snapshot()
after(() => assertNoLeaks(before))

type Told = { calls: number; failures: string[] }

/** Makes the system's directory for temporary files another one, for as long as `work` takes. */
async function withTmpdir<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const { TMPDIR } = process.env
  process.env.TMPDIR = directory
  try {
    return await work()
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  }
}

/** Blocks this process until that file is there. */
function blockUntil(file: string): void {
  const still = new Int32Array(new SharedArrayBuffer(4))
  for (let turns = 0; turns < 2_000; turns++) {
    if (existsSync(file)) return
    Atomics.wait(still, 0, 0, 5)
  }
  assert.fail(`${file} did not come`)
}

const twoCallers = { web: { workers: 2 }, store: { workers: 2 } }

describe('workers that call each other', () => {
  test('do without the master, once it has introduced them', async (t) => {
    const file = path.join(temporaryDirectory(t), 'done')
    const master = await startMessengers(t, { web: {}, store: {} })
    assert.equal(await ask(master, 'web', 'store', 'echo', 'introduced'), 'introduced')
    const asked = says(master, 'asked')
    const rounds = master.group('web').call('call and write', ['store', 'echo', 500, file])
    // The request is on its way; from here on the master hears nothing and says nothing.
    await asked
    blockUntil(file)
    assert.equal(await rounds, 500)
  })

  test('do without the master, also when that is dead', async (t) => {
    const directory = temporaryDirectory(t)
    const [question, answer] = [path.join(directory, 'question'), path.join(directory, 'answer')]
    const master = forkFixture(t, 'processes/linked-master', [question, answer])
    const { pids } = await heard<{ pids: number[] }>(master)
    await end(master)
    writeFileSync(question, '')
    await until(() => existsSync(answer) && readFileSync(answer, 'utf8') === `${question} is there`, {
      what: 'the answer',
      timeoutMs: 20_000,
    })
    await until(() => !pids.some(isAlive), { what: 'the end of the workers', timeoutMs: 20_000 })
  })

  test('have one link for two, which serves both', async (t) => {
    const master = await startMessengers(t, { web: { workers: 3 }, store: { workers: 3 } })
    const all = [...master.group('web').workers, ...master.group('store').workers]
    const count = () => all.map(({ pid }) => socketsOf(pid).filter(({ type }) => type === 'unix').length)
    const before = count()
    const slots = [0, 1, 2]
    const pairs = slots.flatMap((from) => slots.map((slot) => ({ from, slot })))
    const callAll = (group: string, other: string) =>
      pairs.map(({ from, slot }) =>
        master.group(group).call('ask', [other, 'echo', 1, { slot }], { slot: from }),
      )
    // All at once: of each pair, both ask to be introduced to the other.
    for (let turn = 0; turn < 3; turn++) {
      await Promise.all([...callAll('web', 'store'), ...callAll('store', 'web')])
    }
    assert.deepEqual(
      count().map((now, index) => now - before[index]!),
      all.map(() => 3),
    )
  })

  test('leave no file behind, nor a socket', async (t) => {
    const directory = temporaryDirectory(t)
    await withTmpdir(directory, async () => {
      const master = await startMessengers(t, { web: { workers: 2 }, store: { workers: 2 } })
      const open = snapshot()
      await Promise.all(Array.from({ length: 16 }, () => ask(master, 'web', 'store', 'echo', 1)))
      const isSocket = (name: string) => !name.startsWith('manifold-reports-')
      assert.deepEqual(readdirSync(directory).filter(isSocket), [])
      await assertNoLeaks(open)
      // An introduction that is under way as everything stops.
      void ask(master, 'store', 'web', 'echo', 1).catch(() => {})
      await master.stop()
      assert.deepEqual(readdirSync(directory), [])
    })
  })

  test('finish one after the other as everything stops, those that are called last', async (t) => {
    const master = await startMessengers(t, { store: {}, cache: {}, web: {} })
    await ask(master, 'cache', 'store', 'echo', 1)
    await ask(master, 'web', 'cache', 'echo', 1)
    for (const [group, called] of [
      ['web', 'cache'],
      ['cache', 'store'],
    ] as const) {
      await master.group(group).call('call as you finish', [called, 'echo', `${group} has asked`])
    }
    const outcomes: unknown[] = []
    const ended: string[] = []
    master.on('message', (_worker, said) => outcomes.push((said as { finished: unknown }).finished))
    master.on('exit', ({ group }) => ended.push(group))
    await master.stop()
    assert.deepEqual(outcomes, ['web has asked', 'cache has asked'])
    assert.deepEqual(ended, ['web', 'cache', 'store'])
  })

  test('do not wait for each other as everything stops, if both call', async (t) => {
    const master = await startMessengers(t, { web: {}, store: {} })
    await Promise.all([ask(master, 'web', 'store', 'echo', 1), ask(master, 'store', 'web', 'echo', 2)])
    await master.stop()
    assert.equal(master.state, 'stopped')
  })

  test('go through the master where no link can be made', async (t) => {
    await withTmpdir('/nowhere', async () => {
      const master = await startMessengers(t, { web: {}, store: { workers: 2 } })
      for (let turn = 0; turn < 4; turn++) assert.equal(await ask(master, 'web', 'store', 'echo', turn), turn)
      assert.equal(((await ask(master, 'web', 'store', 'who', 1, { slot: 1 })) as Who).slot, 1)
    })
  })

  test('reach a worker that has just been started', async (t) => {
    const master = await startMessengers(t, { web: {}, store: {} })
    assert.equal(await ask(master, 'web', 'store', 'echo', 1), 1)
    for (let turn = 0; turn < 3; turn++) {
      await replaceByForce(master, master.group('store').workers[0]!)
      assert.equal(await ask(master, 'web', 'store', 'echo', turn), turn)
    }
  })

  test('lose no call when a worker dies as it is introduced', async (t) => {
    const master = await startMessengers(t, { web: {}, store: { workers: 3 } })
    const stopped = master.group('store').workers.find(({ slot }) => slot === 0)!
    // It is introduced, but does not live to hear of it.
    process.kill(stopped.pid!, 'SIGSTOP')
    const calls = Array.from({ length: 6 }, (_, index) =>
      ask(master, 'web', 'store', 'echo', index, { timeoutMs: 30_000, retry: true }),
    )
    const vacant = once(master, 'vacant')
    process.kill(stopped.pid!, 'SIGKILL')
    await vacant
    assert.deepEqual(await Promise.all(calls), [0, 1, 2, 3, 4, 5])
  })

  test('fail no call while the other group reloads, again and again', async (t) => {
    const master = await startMessengers(t, twoCallers)
    const callers = [0, 1]
    for (const slot of callers) {
      await master.group('web').call('call on and on', [4, 'store', 'echo', 'x'], { slot })
    }
    for (let turn = 0; turn < 10; turn++) {
      await master.group('store').reload()
      for (const slot of callers) await moreCalls(slot)
    }
    for (const slot of callers) {
      const { calls, failures } = (await master.group('web').call('stop calling', null, { slot })) as Told
      assert.deepEqual(failures, [])
      assert.ok(calls > 100, `only ${calls} calls`)
    }

    async function moreCalls(slot: number): Promise<void> {
      const soFar = () => master.group('web').call('calls so far', null, { slot }) as Promise<number>
      const sofar = await soFar()
      await until(async () => (await soFar()) > sofar, { what: 'calls after a reload' })
    }
  })

  for (const [retry, expected] of [
    [false, ['ERR_MANIFOLD_CHANNEL_CLOSED']],
    [true, []],
  ] as const) {
    test(`fail ${retry ? 'no call' : 'only what is in hand'} as workers of the other are killed, ${retry ? 'retrying' : 'not retrying'}`, async (t) => {
      const master = await startMessengers(t, twoCallers)
      for (const slot of [0, 1]) {
        await master.group('web').call('call on and on', [4, 'store', 'echo', 'x', { retry }], { slot })
      }
      for (let turn = 0; turn < 6; turn++) {
        await replaceByForce(master, master.group('store').workers.find(({ slot }) => slot === turn % 2)!)
      }
      for (const slot of [0, 1]) {
        const { calls, failures } = (await master.group('web').call('stop calling', null, { slot })) as Told
        assert.deepEqual(
          [...new Set(failures)].filter((code) => !expected.includes(code as never)),
          [],
        )
        assert.ok(failures.length <= 6 * 4, `${failures.length} calls failed`)
        assert.ok(calls > 100, `only ${calls} calls`)
      }
    })
  }

  test('are bounded in what may wait for one that does not read', async (t) => {
    const master = await startMessengers(t, { web: { maxQueued: 5 }, store: {} })
    assert.equal(await ask(master, 'web', 'store', 'echo', 1), 1)
    const [store] = master.group('store').workers
    process.kill(store!.pid!, 'SIGSTOP')
    const codes = (await master
      .group('web')
      .call('flood', ['store', 'length', 1_000_000, 40], { timeoutMs: 60_000 })) as string[]
    process.kill(store!.pid!, 'SIGCONT')
    assert.deepEqual([...new Set(codes)].toSorted(), ['ERR_MANIFOLD_CHANNEL_FULL', 'ERR_MANIFOLD_TIMEOUT'])
    assert.ok(codes.filter((code) => code === 'ERR_MANIFOLD_TIMEOUT').length <= 10)
  })
})
