import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import type net from 'node:net'
import path from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { WorkerProcess } from '@manifold/core/internal'
import { fixture } from '../../helpers/fixture.js'
import { once } from '../../helpers/wait.js'
import { source } from '../../tools/paths.js'
import { PaperHost, said, startFixture, startWorker } from './worker.js'

/** Notes each event of a worker, with the state that it has then. */
function story(worker: WorkerProcess): string[] {
  const events: string[] = []
  for (const event of ['online', 'ready', 'draining', 'disconnect', 'exit'] as const) {
    worker.on(event, () => events.push(`${event} (${worker.state})`))
  }
  return events
}

describe('a worker runs', () => {
  test('an ECMAScript module, given by its path', async (t) => {
    const worker = startFixture(t, 'report-esm', { args: ['a'] })
    assert.deepEqual(await said(worker), { kind: 'esm', args: ['a'] })
  })

  test('a CommonJS module', async (t) => {
    const worker = startWorker(t, fixture('workers/report-cjs', '.cjs'), { args: ['a'] })
    assert.deepEqual(await said(worker), { kind: 'cjs', args: ['a'] })
  })

  test('a program given by its URL, as an object or as text', async (t) => {
    const url = pathToFileURL(fixture('workers/report-esm'))
    for (const exec of [url, url.href]) {
      assert.deepEqual(await said(startWorker(t, exec, { args: ['a'] })), { kind: 'esm', args: ['a'] })
    }
  })

  test('a program given by a path that begins in its directory', async (t) => {
    const file = fixture('workers/report-esm')
    const worker = startWorker(t, `./${path.basename(file)}`, { cwd: path.dirname(file), args: ['a'] })
    assert.deepEqual(await said(worker), { kind: 'esm', args: ['a'] })
  })

  const typescript = path.join(source, 'fixtures', 'workers', 'report-typescript.ts')

  const skip = process.features.typescript ? false : 'this Node cannot run TypeScript by itself'
  test('TypeScript, where Node can', { skip }, async (t) => {
    const worker = startWorker(t, typescript, { args: ['a'] })
    assert.deepEqual(await said(worker), { kind: 'ts', args: ['a'] })
  })

  test('TypeScript with a loader', async (t) => {
    const execArgv = ['--import', import.meta.resolve('tsx')]
    const worker = startWorker(t, typescript, { args: ['a'], execArgv })
    assert.deepEqual(await said(worker), { kind: 'ts', args: ['a'] })
  })
})

describe('the life of a worker', () => {
  test('goes through its states in order, and each is told once', async (t) => {
    const worker = startFixture(t, 'stay')
    const events = story(worker)
    assert.equal(worker.state, 'starting')
    await worker.started
    assert.deepEqual(
      [worker.state, worker.alive, worker.connected, worker.writable],
      ['ready', true, true, true],
    )
    await worker.drain('stop')
    assert.deepEqual(events.slice(0, 3), ['online (online)', 'ready (ready)', 'draining (draining)'])
    assert.deepEqual(
      events
        .slice(3)
        .map((event) => event.split(' ')[0])
        .sort(),
      ['disconnect', 'exit'],
    )
    assert.deepEqual(
      [worker.state, worker.alive, worker.connected, worker.writable],
      ['exited', false, false, false],
    )
  })

  test('is ready when its application says so, if that is what is wanted', async (t) => {
    const worker = startFixture(t, 'ready-when-told', { ready: 'manual' })
    const events = story(worker)
    await once(worker, 'online')
    // An answer to a request comes from a program that has been loaded.
    await assert.rejects(worker.call('nothing', null, { timeoutMs: 10_000 }), {
      code: 'ERR_MANIFOLD_NO_HANDLER',
    })
    assert.equal(worker.state, 'online')
    worker.send('go')
    assert.equal(await said(worker), 'said so')
    await worker.started
    assert.deepEqual(events, ['online (online)', 'ready (ready)'])
  })

  test('has a pid and an age', async (t) => {
    const worker = startFixture(t, 'stay')
    await worker.started
    assert.ok(existsSync(`/proc/${worker.pid}`) || process.platform !== 'linux')
    assert.ok(worker.uptimeMs > 0)
  })

  test('leaves no zombie', { skip: process.platform !== 'linux' && 'there is no /proc here' }, async (t) => {
    const worker = startFixture(t, 'stay')
    await worker.started
    worker.kill('SIGKILL')
    await worker.closed
    assert.equal(existsSync(`/proc/${worker.pid}`), false)
  })
})

describe('a worker and whoever runs it', () => {
  for (const serialization of ['json', 'advanced'] as const) {
    test(`exchange the messages of the application, with ${serialization} serialization`, async (t) => {
      const worker = startFixture(t, 'echo', { serialization })
      assert.equal(await said(worker), 'listening')
      const value = serialization === 'json' ? { a: [1, null] } : new Map([['a', new Set([10n])]])
      worker.send(value)
      assert.deepEqual(await said(worker), value)
    })
  }

  test('exchange sockets of the application', async (t) => {
    const worker = startFixture(t, 'send-socket')
    const [address, server] = await once<[net.AddressInfo, net.Server]>(worker, 'message')
    t.after(() => server.close())
    assert.deepEqual(server.address(), address)
  })

  test('ask each other', async (t) => {
    const host = new PaperHost()
    const worker = startFixture(t, 'answer-calls', {}, host)
    assert.equal(await said(worker), 'listening')
    assert.equal(await worker.call('double', 21, {}), 42)
    assert.deepEqual(await worker.call('ask', ['master', 'status', { a: 1 }], {}), { answered: { a: 1 } })
    assert.deepEqual(host.asked, ['master.status'])
  })

  test('tell each other what went wrong', async (t) => {
    const worker = startFixture(t, 'answer-calls')
    assert.equal(await said(worker), 'listening')
    await assert.rejects(worker.call('fail', null, {}), {
      name: 'TypeError',
      code: 'ERR_NO_SALT',
      message: 'there is no salt',
    })
    await assert.rejects(worker.call('ask', ['master', 'fail', null], {}), {
      code: 'ERR_NO_SALT',
      message: 'the master has no salt',
    })
    await assert.rejects(worker.call('missing', null, {}), {
      code: 'ERR_MANIFOLD_NO_HANDLER',
      message: `worker ${worker.id} of group 'web' has no handler for requests named 'missing'`,
    })
  })

  test('are told what is wrong with what they ask', async (t) => {
    const host = new PaperHost()
    const worker = startFixture(t, 'answer-calls', {}, host)
    assert.equal(await said(worker), 'listening')
    for (const [name, question, message] of [
      ['ask', [7, 'status', null], /^option 'target' must be a string .*, but is 7$/],
      ['ask', ['master', '', null], /^option 'name' must be a string .*, but is ''$/],
      ['ask', ['master', 'a', null, { timeoutMs: -1 }], /^option 'limits.timeoutMs' must be .*, but is -1$/],
      [
        'ask',
        ['master', 'a', null, { timeout: 1 }],
        /^option 'limits.timeout' must be left out .*, but is 1$/,
      ],
      [
        'ask',
        ['master', 'a', null, { signal: 1 }],
        /^option 'limits.signal' must be an AbortSignal, but is 1$/,
      ],
      ['answer with', ['a', 'b'], /^option 'handler' must be a function, but is 'b'$/],
    ] as const) {
      await assert.rejects(worker.call(name, question, {}), { code: 'ERR_MANIFOLD_OPTION', message })
    }
    assert.deepEqual(host.asked, [])
  })

  test('do not wait for each other without end', async (t) => {
    const worker = startFixture(t, 'answer-calls')
    assert.equal(await said(worker), 'listening')
    await assert.rejects(worker.call('never', null, { timeoutMs: 20 }), {
      code: 'ERR_MANIFOLD_TIMEOUT',
      message: `request 'call' to worker ${worker.id} of group 'web': no answer in 20 ms`,
    })
    await assert.rejects(worker.call('never', null, { signal: AbortSignal.abort() }), {
      code: 'ERR_MANIFOLD_ABORTED',
    })
    const hopeless = worker.call('never', null, {})
    worker.kill('SIGKILL')
    await assert.rejects(hopeless, { code: 'ERR_MANIFOLD_CHANNEL_CLOSED' })
    await worker.closed
    assert.throws(() => worker.send('late'), { code: 'ERR_MANIFOLD_CHANNEL_CLOSED' })
  })

  test('may agree that it is time for another', async (t) => {
    const host = new PaperHost()
    const retired = new Promise<void>((resolve) => {
      host.retire = () => resolve()
    })
    const worker = startFixture(t, 'ask-to-retire', {}, host)
    await retired
    assert.equal(worker.alive, true)
  })

  test('can tell that a worker which is stopped reads nothing', async (t) => {
    const worker = startFixture(t, 'stay', { maxQueued: 5 })
    await worker.started
    worker.kill('SIGSTOP')
    const long = 'x'.repeat(1_000_000)
    assert.throws(
      () => {
        for (;;) worker.send(long)
      },
      { code: 'ERR_MANIFOLD_CHANNEL_FULL' },
    )
    assert.deepEqual([worker.queued, worker.writable, worker.connected], [5, false, true])
  })
})
