import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { WorkerProcess } from '@manifold/core/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { isAlive } from '../../helpers/leaks.js'
import { once, until } from '../../helpers/wait.js'
import { said, startFixture } from './worker.js'

/** What a worker that drains is told, as its fixture passes it on. */
interface Told {
  readonly cause: string
  readonly deadlineMs: number
}

async function running(worker: WorkerProcess): Promise<WorkerProcess> {
  await worker.started
  return worker
}

describe('a worker that is told to finish', () => {
  test('finishes, and says why it did', async (t) => {
    const worker = startFixture(t, 'finish-slowly')
    assert.equal(await said(worker), 'listening')
    const draining = once<[string]>(worker, 'draining')
    const told = said<Told>(worker)
    const ended = worker.drain('replace', 4_000)
    assert.deepEqual(await draining, ['replace'])
    assert.deepEqual(await told, { cause: 'replace', deadlineMs: 4_000 })
    assert.equal(worker.state, 'draining')
    worker.send('done')
    assert.deepEqual(await ended, { type: 'exited', code: 0, asked: true })
  })

  test('is told once, however often: later callers share the first one’s result', async (t) => {
    const worker = await running(startFixture(t, 'stay'))
    let drained = 0
    worker.on('draining', () => drained++)
    const first = worker.drain('stop')
    assert.equal(worker.drain('replace', 0), first)
    const reason = await first
    assert.equal(await worker.drain('stop'), reason)
    assert.equal(await worker.closed, reason)
    assert.equal(drained, 1)
  })

  test('by SIGTERM finishes as well, though nobody asked', async (t) => {
    const worker = startFixture(t, 'finish-slowly', { drainTimeoutMs: 3_000 })
    assert.equal(await said(worker), 'listening')
    const draining = once<[string]>(worker, 'draining')
    const told = said<Told>(worker)
    worker.kill()
    assert.deepEqual(await draining, ['signal'])
    assert.deepEqual(await told, { cause: 'signal', deadlineMs: 3_000 })
    worker.send('done')
    assert.deepEqual(await worker.closed, { type: 'exited', code: 0, asked: false })
  })

  test('does not mind Ctrl-C: that is for its master', async (t) => {
    const worker = startFixture(t, 'finish-slowly')
    assert.equal(await said(worker), 'listening')
    worker.kill('SIGINT')
    await assert.rejects(worker.call('nothing', null, { timeoutMs: 10_000 }), {
      code: 'ERR_MANIFOLD_NO_HANDLER',
    })
    assert.equal(worker.state, 'ready')
  })

  test('and takes longer than it may, ends by itself at its deadline', async (t) => {
    const worker = startFixture(t, 'finish-slowly')
    assert.equal(await said(worker), 'listening')
    assert.deepEqual(await worker.drain('stop', 100), { type: 'exited', code: 0, asked: true })
  })

  test('after it has ended says how it did', async (t) => {
    const worker = startFixture(t, 'kill-itself', { args: ['SIGKILL'] })
    const reason = await worker.closed
    assert.equal(await worker.drain('stop'), reason)
  })
})

describe('a worker that does not finish', () => {
  const KILL_GRACE_MS = 1_000

  test('because it is busy is killed after its time and a second, not before', async (t) => {
    const clock = new FakeClock()
    const worker = startFixture(t, 'block-loop', { clock })
    assert.equal(await said(worker), 'blocking')
    const ended = worker.drain('stop', 500)
    clock.advance(500 + KILL_GRACE_MS - 1)
    await new Promise(setImmediate)
    assert.equal(worker.alive, true)
    clock.advance(1)
    assert.deepEqual(await ended, { type: 'killed', signal: 'SIGKILL', asked: true })
  })

  test('because it is stopped is killed, too', async (t) => {
    const clock = new FakeClock()
    const worker = await running(startFixture(t, 'stay', { clock }))
    worker.kill('SIGSTOP')
    const ended = worker.drain('stop', 500)
    clock.advance(500 + KILL_GRACE_MS)
    assert.deepEqual(await ended, { type: 'killed', signal: 'SIGKILL', asked: true })
  })

  test('because it is stopped, but goes on in time, obeys', async (t) => {
    const clock = new FakeClock()
    const worker = await running(startFixture(t, 'stay', { clock }))
    worker.kill('SIGSTOP')
    const ended = worker.drain('stop', 500)
    clock.advance(500 + KILL_GRACE_MS - 1)
    worker.kill('SIGCONT')
    assert.deepEqual(await ended, { type: 'exited', code: 0, asked: true })
  })

  test('in real time is gone after its time and a second', async (t) => {
    const worker = startFixture(t, 'block-loop')
    assert.equal(await said(worker), 'blocking')
    const start = performance.now()
    assert.deepEqual(await worker.drain('stop', 0), { type: 'killed', signal: 'SIGKILL', asked: true })
    assert.ok(performance.now() - start >= KILL_GRACE_MS - 1)
  })
})

describe('the end of a worker is told by its reason:', () => {
  test('a code', async (t) => {
    const worker = startFixture(t, 'exit-at-start', { args: ['3'], stdio: 'pipe' })
    assert.deepEqual(await worker.closed, { type: 'exited', code: 3, asked: false })
  })

  test('a signal that nobody of us sent', async (t) => {
    for (const signal of ['SIGKILL', 'SIGSEGV', 'SIGHUP'] as const) {
      const worker = startFixture(t, 'kill-itself', { args: [signal] })
      assert.deepEqual(await worker.closed, { type: 'signaled', signal, asked: false })
    }
  })

  test('a signal that we sent', async (t) => {
    const worker = await running(startFixture(t, 'stay'))
    const [exit] = [once(worker, 'exit')]
    worker.destroy()
    worker.destroy()
    const reason = { type: 'signaled', signal: 'SIGKILL', asked: true }
    assert.deepEqual(await worker.closed, reason)
    assert.deepEqual(await exit, [reason])
    worker.destroy()
    worker.kill('SIGKILL')
  })
})

test('a worker that closes its channel finishes, as one whose master is gone', async (t) => {
  const worker = startFixture(t, 'disconnect')
  const disconnected = once(worker, 'disconnect')
  assert.equal(await said(worker), 'leaving')
  await disconnected
  assert.deepEqual([worker.connected, worker.writable], [false, false])
  assert.deepEqual(await worker.closed, { type: 'exited', code: 0, asked: false })
})

test('requests to a worker that closes its channel fail at once, not when it ends', async (t) => {
  const worker = startFixture(t, 'disconnect-and-stay')
  assert.equal(await said(worker), 'leaving')
  const request = worker.call('nothing', null, { timeoutMs: 60_000 })
  worker.send('leave')
  await assert.rejects(request, { code: 'ERR_MANIFOLD_CHANNEL_CLOSED' })
  assert.equal(worker.alive, true)
})

test('a process that keeps the pipes of a worker open does not keep its end a secret', async (t) => {
  const worker = startFixture(t, 'leave-grandchild', { stdio: 'pipe' })
  const grandchild = await said<number>(worker)
  t.after(() => process.kill(grandchild, 'SIGKILL'))
  const start = performance.now()
  worker.send('end')
  assert.deepEqual(await worker.closed, { type: 'exited', code: 0, asked: false })
  const took = performance.now() - start
  // It could take ten minutes.
  assert.ok(took < 10_000, `${took} ms`)
  assert.equal(isAlive(grandchild), true)
})

test('no event of a worker comes after its end', async (t) => {
  const worker = await running(startFixture(t, 'stay'))
  await worker.drain('stop')
  const late: string[] = []
  for (const event of ['online', 'ready', 'draining', 'disconnect', 'exit', 'message'] as const) {
    worker.on(event, () => late.push(event))
  }
  worker.destroy()
  await worker.drain('stop')
  await until(() => !isAlive(worker.pid!), { what: 'the end of the process' })
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  assert.deepEqual(
    late.filter((event) => event !== 'disconnect'),
    [],
  )
})
