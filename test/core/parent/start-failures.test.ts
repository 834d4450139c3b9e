import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type ExitReason, StartError } from '@manifold/core'
import type { WorkerOptions, WorkerProcess } from '@manifold/core/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { forkFixture, heard, temporaryDirectory } from '../../helpers/fixture.js'
import { once } from '../../helpers/wait.js'
import { said, startFixture, startWorker } from './worker.js'

/** The error with which a worker does not come up. */
async function failureOf(worker: WorkerProcess): Promise<StartError> {
  try {
    await worker.started
  } catch (error) {
    assert.ok(error instanceof StartError, String(error))
    const { group, slot, pid } = error.failure
    assert.deepEqual([group, slot, pid], ['web', 0, worker.pid])
    return error
  }
  assert.fail('the worker is ready')
}

/** Starts a program that is just written. */
function startProgram(t: TestContext, name: string, text: string) {
  const file = path.join(temporaryDirectory(t), name)
  writeFileSync(file, text)
  return startWorker(t, file, { ready: 'listening' })
}

const exited = (code: number): ExitReason => ({ type: 'exited', code, asked: false })

describe('a worker that cannot start rejects with a StartError that quotes its stderr:', () => {
  test('its file is missing', async (t) => {
    const error = await failureOf(startWorker(t, '/srv/missing.js', { ready: 'listening' }))
    assert.deepEqual([error.code, error.failure.reason], ['ERR_MANIFOLD_START', exited(1)])
    assert.match(error.message, /ended before it was ready: exit code 1\n {2}its stderr ended with:\n/)
    assert.match(error.message, /Cannot find module '\/srv\/missing\.js'/)
  })

  for (const name of ['wrong.mjs', 'wrong.cjs']) {
    test(`it has a syntax error (${name})`, async (t) => {
      const error = await failureOf(startProgram(t, name, 'const port = ;\n'))
      assert.deepEqual(error.failure.reason, exited(1))
      assert.match(
        error.message,
        new RegExp(`${name}:1\n\\s+const port = ;[^]*SyntaxError: Unexpected token ';'`),
      )
    })
  }

  test('it throws', async (t) => {
    const error = await failureOf(startFixture(t, 'throw-at-start', { ready: 'listening' }))
    assert.deepEqual(error.failure.reason, exited(1))
    assert.match(error.failure.stderr, /RangeError: the configuration has no port\n +at /)
    assert.match(error.message, /\n {4}RangeError: the configuration has no port\n/)
  })

  test('it rejects', async (t) => {
    const error = await failureOf(startFixture(t, 'reject-at-start', { ready: 'listening' }))
    assert.deepEqual(error.failure.reason, exited(1))
    assert.match(error.message, /RangeError: the database refused/)
  })

  test('it exits with a code', async (t) => {
    const worker = startFixture(t, 'exit-at-start', { ready: 'listening', args: ['3'], stdio: 'pipe' })
    const error = await failureOf(worker)
    assert.deepEqual([error.code, error.failure.reason], ['ERR_MANIFOLD_START', exited(3)])
    assert.ok(error.message.endsWith('exit code 3\n  its stderr ended with:\n    last words'), error.message)
  })

  test('it writes more than anybody wants to read, of which the end is quoted', async (t) => {
    const args = ['3', '100000']
    const stdio = ['ignore', 'ignore', 'pipe'] as const
    const error = await failureOf(
      startFixture(t, 'exit-at-start', { ready: 'listening', args, stdio: [...stdio] }),
    )
    assert.equal(error.failure.stderr.length, 4_096 - 1)
    assert.ok(error.message.endsWith('xxx\n    last words'))
  })

  test('it dies of a signal', async (t) => {
    const error = await failureOf(startFixture(t, 'kill-itself', { ready: 'listening', args: ['SIGKILL'] }))
    assert.deepEqual(error.failure.reason, { type: 'signaled', signal: 'SIGKILL', asked: false })
    assert.match(error.message, /slot 0 \(pid \d+\) ended before it was ready: SIGKILL$/)
  })

  test('Node does not know an option, so that no JavaScript ever runs', async (t) => {
    const worker = startFixture(t, 'stay', { execArgv: ['--no-such-option'] })
    let online = false
    worker.once('online', () => {
      online = true
    })
    const error = await failureOf(worker)
    assert.deepEqual([error.code, error.failure.reason, online], ['ERR_MANIFOLD_START', exited(9), false])
    assert.match(error.message, /bad option: --no-such-option/)
  })

  test('its stderr is not ours to read, so that nothing is quoted', async (t) => {
    const error = await failureOf(startFixture(t, 'throw-at-start', { ready: 'listening', stdio: 'ignore' }))
    assert.equal(error.failure.stderr, '')
    assert.match(error.message, /exit code 1$/)
  })
})

describe('where there never was a process', () => {
  /** The error of a worker that is told to end in every way that there is, before and after. */
  async function unspawned(t: TestContext, options: Partial<WorkerOptions>): Promise<StartError> {
    const worker = startFixture(t, 'stay', options)
    assert.deepEqual([worker.pid, worker.alive, worker.state], [undefined, false, 'starting'])
    worker.kill('SIGKILL')
    const error = await failureOf(worker)
    assert.equal(error.code, 'ERR_MANIFOLD_START')
    assert.equal((await worker.closed).type, 'unspawned')
    assert.equal((await worker.drain('stop')).type, 'unspawned')
    worker.destroy()
    assert.equal(worker.state, 'exited')
    return error
  }

  test('the error has that of the system as its cause: Node is missing', async (t) => {
    const { message, cause } = await unspawned(t, { execPath: '/srv/no/node' })
    assert.equal(
      message,
      "worker of group 'web', slot 0 ended before it was ready: spawn /srv/no/node ENOENT",
    )
    assert.equal((cause as NodeJS.ErrnoException).code, 'ENOENT')
  })

  test('the error has that of the system as its cause: Node may not be run', async (t) => {
    const file = path.join(temporaryDirectory(t), 'node')
    writeFileSync(file, '', { mode: 0o644 })
    const { message } = await unspawned(t, { execPath: file })
    assert.match(message, /ended before it was ready: spawn .*\/node EACCES$/)
  })

  test('the directory is missing: Node names itself then, so that we name the directory', async (t) => {
    const { message } = await unspawned(t, { cwd: '/srv/missing' })
    assert.match(message, /ENOENT\n {2}its working directory \/srv\/missing does not exist$/)
  })

  test('the directory is a file, of which Node tells in another way', async (t) => {
    const file = path.join(temporaryDirectory(t), 'file')
    writeFileSync(file, '')
    const { cause } = await unspawned(t, { cwd: file })
    assert.equal((cause as NodeJS.ErrnoException).code, 'ENOTDIR')
  })

  test('the environment is larger than the system can pass on', async (t) => {
    const { cause } = await unspawned(t, { env: { LARGE: 'x'.repeat(8_000_000) } })
    assert.equal((cause as NodeJS.ErrnoException).code, 'E2BIG')
  })

  test('the master has no descriptors left, and lives on', async (t) => {
    const master = forkFixture(t, 'processes/spawn-without-descriptors')
    const { error, then } = await heard<{ error: string; then: string }>(master)
    assert.match(
      error,
      /^ERR_MANIFOLD_START: worker of group 'web', slot 0 ended before it was ready: spawn .* EMFILE$/,
    )
    assert.equal(then, 'ready')
  })
})

describe('a worker that does not get ready in time', () => {
  test('is an error of its own, which quotes what it said so far, and is ended', async (t) => {
    const clock = new FakeClock()
    const worker = startFixture(t, 'never-ready', { ready: 'listening', readyTimeoutMs: 5_000, clock })
    const failure = failureOf(worker)
    assert.equal(await said(worker), 'waiting')
    // What it wrote before that can be read by now.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    clock.advance(4_999)
    assert.equal(worker.state, 'online')
    clock.advance(1)
    const error = await failure
    assert.deepEqual([error.code, error.failure.reason], ['ERR_MANIFOLD_READY_TIMEOUT', undefined])
    assert.match(
      error.message,
      /\(pid \d+\) was not ready within 5000 ms\n.*\n.*\n {4}waiting for the database$/,
    )
    assert.deepEqual(error.failure.notes, ['none of its servers listens on a socket of its group'])
    assert.deepEqual(await worker.closed, { type: 'exited', code: 0, asked: true })
  })

  test('is killed if it does not even hear that', async (t) => {
    const clock = new FakeClock()
    const worker = startFixture(t, 'block-loop', { ready: 'manual', readyTimeoutMs: 5_000, clock })
    assert.equal(await said(worker), 'blocking')
    clock.advance(5_000)
    assert.equal((await failureOf(worker)).code, 'ERR_MANIFOLD_READY_TIMEOUT')
    clock.advance(1_000)
    assert.deepEqual(await worker.closed, { type: 'killed', signal: 'SIGKILL', asked: true })
  })

  test('leaves no timer behind when it does get ready', async (t) => {
    const clock = new FakeClock()
    const worker = startFixture(t, 'stay', { readyTimeoutMs: 5_000, clock })
    await worker.started
    assert.equal(clock.pending, 0)
  })
})

test('what its master saw is told too', async (t) => {
  const worker = startFixture(t, 'never-ready', { ready: 'listening' })
  worker.note('port 80 was refused')
  await once(worker, 'online')
  worker.kill('SIGKILL')
  assert.match(
    (await failureOf(worker)).message,
    /ended before it was ready: SIGKILL\n {2}port 80 was refused/,
  )
})

test('a worker that is told to finish before it is ready never will be', async (t) => {
  const worker = startFixture(t, 'stay', { ready: 'manual' })
  const ended = worker.drain('stop')
  assert.equal(worker.state, 'draining')
  const error = await failureOf(worker)
  assert.deepEqual(error.failure.reason, { type: 'exited', code: 0, asked: true })
  assert.deepEqual(await ended, error.failure.reason)
})

test('a worker of another version is refused, with both versions', async (t) => {
  const error = await failureOf(startFixture(t, 'speak-version-99', { ready: 'manual' }))
  assert.equal(error.code, 'ERR_MANIFOLD_PROTOCOL')
  assert.match(error.message, /it speaks version 99 of the protocol, its master version \d+/)
  assert.deepEqual(error.failure.reason, { type: 'signaled', signal: 'SIGKILL', asked: true })
})
