import assert from 'node:assert/strict'
import type { StdioOptions } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { DrainCause, ExitReason, Uncaught } from '@manifold/core'
import type { WorkerOptions } from '@manifold/core/internal'
import { temporaryDirectory } from '../../helpers/fixture.js'
import { once } from '../../helpers/wait.js'
import { said, startFixture } from '../parent/worker.js'

interface Run {
  readonly worker: ReturnType<typeof startFixture>
  /** What it told its master, in order. */
  readonly told: string[]
  readonly uncaught: Uncaught[]
  stderr(): string
  end(): Promise<ExitReason>
}

/** A worker that runs, and is ready unless `ready` says otherwise. */
async function run(t: TestContext, options: Partial<WorkerOptions> = {}): Promise<Run> {
  const file = path.join(temporaryDirectory(t), 'stderr')
  const fd = openSync(file, 'w')
  const stdio: StdioOptions = ['ignore', 'ignore', fd]
  const worker = startFixture(t, 'throw-when-told', { onUncaught: 'drain', stdio, ...options })
  closeSync(fd)
  const told: string[] = []
  const uncaught: Uncaught[] = []
  worker.on('uncaught', (what) => {
    told.push(`uncaught: ${what.error.message}`)
    uncaught.push(what)
  })
  worker.on('draining', (cause: DrainCause) => told.push(`draining: ${cause}`))
  worker.on('message', (message) => told.push(String(message)))
  assert.equal(await said(worker), 'here')
  told.length = 0
  const end = () => worker.closed
  return { worker, told, uncaught, stderr: () => readFileSync(file, 'utf8'), end }
}

const exited = (code: number, asked = false): ExitReason => ({ type: 'exited', code, asked })

describe('what a worker throws and nobody catches', () => {
  test('is told with its stack, before the worker drains; it exits with code 1', async (t) => {
    const { worker, told, uncaught, stderr, end } = await run(t)
    worker.send('error')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, ['uncaught: out of salt', 'draining: uncaught'])
    const [{ origin, error }] = uncaught as [Uncaught]
    assert.deepEqual([origin, error.name, error.code], ['uncaughtException', 'RangeError', 'ERR_SALT'])
    assert.match(error.stack!, /^RangeError: out of salt\n {4}at .*throw-when-told/)
    assert.match(
      stderr(),
      /RangeError: out of salt\n {4}at .*throw-when-told.* {\n {2}code: 'ERR_SALT'\n}\n\nNode\.js v\d/s,
    )
    assert.ok(worker.wasReady)
  })

  test('may be a rejection', async (t) => {
    const { worker, told, uncaught, stderr, end } = await run(t)
    worker.send('rejection')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, ['uncaught: no pepper', 'draining: uncaught'])
    assert.equal(uncaught[0]?.origin, 'unhandledRejection')
    assert.match(stderr(), /TypeError: no pepper\n {4}at /)
  })

  test('may be a rejection with something that is no error', async (t) => {
    const { worker, uncaught, end } = await run(t)
    worker.send('rejection of a number')
    assert.deepEqual(await end(), exited(1))
    assert.equal(uncaught[0]?.error.code, 'ERR_UNHANDLED_REJECTION')
  })

  for (const [way, message, printed] of [
    ['text', 'just text', /^Uncaught:\n'just text'\n/],
    ['undefined', 'undefined', /^Uncaught:\nundefined\n/],
    ['hostile error', 'something was thrown that cannot be told', /^/],
  ] as const) {
    test(`may be no error: ${way}`, async (t) => {
      const { worker, told, stderr, end } = await run(t)
      worker.send(way)
      assert.deepEqual(await end(), exited(1))
      assert.deepEqual(told, [`uncaught: ${message}`, 'draining: uncaught'])
      assert.match(stderr(), printed)
    })
  }

  test('is mapped to its source where Node does that', async (t) => {
    const { worker, uncaught, stderr, end } = await run(t, { execArgv: ['--enable-source-maps'] })
    worker.send('error')
    await end()
    assert.match(uncaught[0]!.error.stack!, /throw-when-told\.ts:\d/)
    assert.match(stderr(), /throw-when-told\.ts:\d/)
  })

  test('is told once; what follows is printed', async (t) => {
    const { worker, told, stderr, end } = await run(t)
    worker.send('wait in drain, error')
    await once(worker, 'message', { filter: (message) => message === 'drains' })
    worker.send('text')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, ['uncaught: out of salt', 'draining: uncaught', 'drains'])
    assert.match(stderr(), /out of salt/)
  })

  test('as the worker drains already: it goes on, and exits with code 1', async (t) => {
    const { worker, told, end } = await run(t)
    worker.send('wait in drain')
    const drained = worker.drain('replace')
    await once(worker, 'message', { filter: (message) => message === 'drains' })
    worker.send('rejection')
    assert.deepEqual(await drained, exited(1, true))
    assert.deepEqual(told, ['draining: replace', 'drains', 'uncaught: no pepper'])
    await end()
  })

  test('in the handlers of the drain itself is printed, and no more', async (t) => {
    const { worker, told, stderr, end } = await run(t)
    worker.send('throw in drain, reject in drain, error')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, ['uncaught: out of salt', 'draining: uncaught'])
    assert.match(stderr(), /no drain like this/)
  })

  test('as the process exits does not keep it', async (t) => {
    const { worker, told, stderr, end } = await run(t)
    worker.send('throw on exit')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, ['uncaught: not even an end'])
    assert.match(stderr(), /not even an end/)
  })

  test('ends a worker with code 1 whatever it had set before, as in Node; at the exit it may set another', async (t) => {
    const before = await run(t)
    before.worker.send('exit code 7, error')
    const late = await run(t)
    late.worker.send('exit code 7 on exit, error')
    assert.deepEqual([await before.end(), await late.end()], [exited(1), exited(7)])
  })

  test('reaches monitors', async (t) => {
    const { worker, told, end } = await run(t)
    worker.send('monitor, error')
    await end()
    assert.deepEqual(told, ['monitored: out of salt', 'uncaught: out of salt', 'draining: uncaught'])
  })

  for (const when of ['before', 'after']) {
    test(`ends a worker that loads node:domain ${when} it is ready`, async (t) => {
      const { worker, told, end } = await run(t, { ready: 'manual' })
      worker.send(
        when === 'before' ? 'load domain, ready, error' : 'ready, load domain, listener for once, error',
      )
      if (when === 'after') {
        await once(worker, 'message')
        worker.send('error')
      }
      assert.deepEqual(await end(), exited(1))
      assert.deepEqual(told.slice(-2), ['uncaught: out of salt', 'draining: uncaught'])
    })
  }

  test('drains no longer than a drain may take', async (t) => {
    const { worker, told, end } = await run(t, { drainTimeoutMs: 200 })
    worker.send('wait in drain, error')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, ['uncaught: out of salt', 'draining: uncaught', 'drains'])
  })

  test('where the master is gone is printed', async (t) => {
    const { worker, told, stderr, end } = await run(t)
    worker.send('error on disconnect')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, [])
    assert.match(stderr(), /out of salt/)
  })

  test('writes the report that Node was asked for', async (t) => {
    const directory = temporaryDirectory(t)
    const execArgv = ['--report-uncaught-exception', `--report-dir=${directory}`, '--report-filename=it.json']
    const { worker, end } = await run(t, { execArgv })
    worker.send('error')
    await end()
    const { header, javascriptStack } = JSON.parse(readFileSync(path.join(directory, 'it.json'), 'utf8'))
    assert.deepEqual([header.processId, javascriptStack.message], [worker.pid, 'RangeError: out of salt'])
  })
})

describe('an application that takes care itself is left alone, with', () => {
  for (const way of ['listener', 'callback', 'domain', 'listener for once']) {
    test(`a ${way}`, async (t) => {
      const { worker, told } = await run(t)
      worker.send(way === 'domain' ? way : `${way}, error`)
      await once(worker, 'message')
      assert.deepEqual(told, ['handled: out of salt'])
      assert.equal(worker.state, 'ready')
    })
  }

  test('a listener for rejections', async (t) => {
    const { worker, told } = await run(t)
    worker.send('rejection listener, rejection')
    await once(worker, 'message')
    assert.deepEqual(told, ['handled: no pepper'])
    assert.equal(worker.state, 'ready')
  })

  test('a listener for once, the second time not', async (t) => {
    const { worker, told, end } = await run(t)
    worker.send('listener for once, error')
    await once(worker, 'message')
    worker.send('error')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, ['handled: out of salt', 'uncaught: out of salt', 'draining: uncaught'])
  })
})

describe('Node has its way', () => {
  const node = /throw-when-told\.js:\d+\n.*\^\n.*RangeError: out of salt/s

  test("with onUncaught: 'exit'", async (t) => {
    const { worker, told, stderr, end } = await run(t, { onUncaught: 'exit' })
    worker.send('wait in drain, error')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, [])
    assert.match(stderr(), node)
  })

  test('before the worker is ready', async (t) => {
    const { worker, told, stderr, end } = await run(t, { ready: 'manual' })
    worker.send('error')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, [])
    assert.ok(!worker.wasReady)
    assert.match(stderr(), node)
  })

  test('but not after', async (t) => {
    const { worker, told, end } = await run(t, { ready: 'manual' })
    worker.send('ready, error')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, ['uncaught: out of salt', 'draining: uncaught'])
  })

  test('where the application wants no listeners at all', async (t) => {
    const { worker, told, stderr, end } = await run(t)
    worker.send('no listeners, error')
    assert.deepEqual(await end(), exited(1))
    assert.deepEqual(told, [])
    assert.match(stderr(), node)
  })

  test('with --abort-on-uncaught-exception, for exceptions and rejections', async (t) => {
    const execArgv = ['--abort-on-uncaught-exception']
    for (const way of ['error', 'rejection']) {
      const { worker, told, end } = await run(t, { execArgv })
      worker.send(way)
      const reason = await end()
      assert.ok(reason.type === 'signaled' && ['SIGABRT', 'SIGILL', 'SIGTRAP'].includes(reason.signal))
      assert.deepEqual(told, [])
    }
  })

  test('with --unhandled-rejections=warn', async (t) => {
    const { worker, stderr } = await run(t, { execArgv: ['--unhandled-rejections=warn'] })
    worker.send('rejection')
    worker.send('listener, error')
    await once(worker, 'message')
    assert.equal(worker.state, 'ready')
    assert.match(stderr(), /UnhandledPromiseRejectionWarning: /)
  })
})
