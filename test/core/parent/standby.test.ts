import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { StartError } from '@manifold/core'
import type { ListenReply, WorkerProcess } from '@manifold/core/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { once, until } from '../../helpers/wait.js'
import { PaperHost, said, startFixture } from './worker.js'

const STANDBY = { slot: -1, ready: 'listening' } as const

/** Has a socket for everybody, of which nothing ever comes. */
class GivingHost extends PaperHost {
  override listen(): never {
    this.asked.push('listen')
    const address = { type: 'tcp', address: '127.0.0.1', family: 'IPv4', port: 8_080 } as const
    const reply: ListenReply = {
      ...{ granted: true, address, backlog: undefined, socket: undefined, ticketKeys: undefined },
    }
    return reply as never
  }

  override unlisten(): void {
    this.asked.push('unlisten')
  }
}

function standBy(t: TestContext, options: Parameters<typeof startFixture>[2] = {}) {
  const host = new GivingHost()
  const worker = startFixture(t, 'listen-and-tell', { ...STANDBY, ...options }, host)
  const messages: unknown[] = []
  worker.on('message', (message) => messages.push(message))
  const states: string[] = []
  for (const event of ['online', 'waiting', 'ready'] as const) {
    worker.on(event, () => states.push(`${event} (${worker.state})`))
  }
  return { host, worker, messages, states }
}

async function startFailure(work: Promise<unknown>): Promise<StartError> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof StartError, String(error))
    return error
  }
  assert.fail('nothing failed')
}

/** What a worker has said by now is read. */
async function echoed(worker: WorkerProcess): Promise<void> {
  await once(worker, 'beat')
}

describe('a worker that stands by', () => {
  test('waits in front of its first listen, and goes on once it has a slot', async (t) => {
    const { host, worker, messages, states } = standBy(t, { beatMs: 20 })
    await worker.waiting
    await echoed(worker)
    assert.deepEqual([worker.state, worker.slot, worker.stoodBy], ['waiting', -1, true])
    assert.deepEqual([host.asked, messages], [[], ['loads -1']])
    worker.promote(3)
    assert.deepEqual([worker.state, worker.slot, worker.stoodBy, host.asked], ['online', 3, true, []])
    await worker.started
    await until(() => messages.length === 3, { what: 'its server to listen' })
    assert.deepEqual(messages, ['loads -1', 'promote 3 3', 'listening 3'])
    assert.deepEqual(states, ['online (online)', 'waiting (waiting)', 'ready (ready)'])
    assert.deepEqual([host.asked, worker.wasReady], [['listen'], true])
  })

  test('may get its slot before it comes so far', async (t) => {
    const { worker, messages, states } = standBy(t)
    worker.promote(0)
    await worker.waiting
    await worker.started
    await until(() => messages.at(-1) === 'listening 0', { what: 'its server to listen' })
    assert.deepEqual(states, ['online (online)', 'ready (ready)'])
  })

  test('whose server closes while it waits has none when it gets a slot', async (t) => {
    const { host, worker, messages } = standBy(t, { env: { CLOSE: '' }, beatMs: 20 })
    await worker.waiting
    await echoed(worker)
    worker.promote(0)
    await until(() => host.asked.length === 2, { what: 'the server to be closed' })
    await echoed(worker)
    assert.deepEqual([host.asked, worker.state], [['listen', 'unlisten'], 'online'])
    assert.ok(!messages.some((message) => String(message).startsWith('error')), String(messages))
  })

  test('is ready by its own word once it has a slot', async (t) => {
    const worker = startFixture(t, 'ready-at-once', { ...STANDBY, ready: 'manual' })
    await worker.waiting
    assert.equal(worker.state, 'waiting')
    const ready = once(worker, 'ready')
    worker.promote(2)
    // Whoever promotes it listens to it from now on only.
    assert.equal(worker.state, 'online')
    await Promise.all([ready, worker.started])
    assert.equal(worker.slot, 2)
  })

  test('that never comes to wait is a start that failed', async (t) => {
    const clock = new FakeClock()
    const worker = startFixture(t, 'never-ready', { ...STANDBY, readyTimeoutMs: 5_000, clock })
    assert.equal(await said(worker), 'waiting')
    clock.advance(5_000)
    const error = await startFailure(worker.waiting)
    assert.equal(error, await startFailure(worker.started))
    assert.deepEqual([error.code, error.failure.slot], ['ERR_MANIFOLD_READY_TIMEOUT', -1])
    assert.match(
      error.message,
      /^worker of group 'web', standing by \(pid \d+\) was not ready within 5000 ms/,
    )
    assert.deepEqual(error.failure.notes, ['none of its servers has come to listen'])
    await worker.closed
  })

  test('that says nothing by itself is told of in the same way', async (t) => {
    const clock = new FakeClock()
    const options = { ...STANDBY, ready: 'manual', readyTimeoutMs: 5_000, clock } as const
    const worker = startFixture(t, 'never-ready', options)
    assert.equal(await said(worker), 'waiting')
    clock.advance(5_000)
    const { failure } = await startFailure(worker.waiting)
    assert.deepEqual(failure.notes, ['none of its servers has come to listen, nor called worker.ready()'])
  })

  test('may wait for any time, and has its time to get ready from then on', async (t) => {
    const clock = new FakeClock()
    const host = new PaperHost()
    host.listen = () => new Promise(() => {}) as never
    const worker = startFixture(t, 'listen-and-tell', { ...STANDBY, readyTimeoutMs: 5_000, clock }, host)
    await worker.waiting
    clock.advance(1_000_000)
    assert.equal(worker.state, 'waiting')
    worker.promote(4)
    clock.advance(4_999)
    assert.equal(worker.state, 'online')
    clock.advance(1)
    const error = await startFailure(worker.started)
    assert.match(error.message, /^worker of group 'web', slot 4 \(pid \d+\) was not ready within 5000 ms/)
  })

  test('that dies says how', async (t) => {
    const { worker } = standBy(t)
    await worker.waiting
    worker.kill('SIGKILL')
    const error = await startFailure(worker.started)
    assert.match(error.message, /standing by \(pid \d+\) ended before it was ready: SIGKILL$/)
    assert.throws(() => worker.promote(0), { code: 'ERR_MANIFOLD_CHANNEL_CLOSED' })
    assert.equal(worker.slot, -1)
  })

  test('ends without an error of its server when its master is gone', async (t) => {
    const { worker } = standBy(t)
    await worker.waiting
    worker.send('disconnect')
    assert.deepEqual(await worker.closed, { type: 'exited', code: 0, asked: false })
    assert.doesNotMatch((await startFailure(worker.started)).message, /stderr/)
  })

  for (const [how, cause] of [
    ['drain', 'replace'],
    ['signal', 'signal'],
  ] as const) {
    test(`ends without an error of its server: ${how}`, async (t) => {
      const { worker, messages } = standBy(t)
      await worker.waiting
      if (how === 'drain') void worker.drain('replace')
      else worker.kill('SIGTERM')
      assert.deepEqual(await worker.closed, { type: 'exited', code: 0, asked: how === 'drain' })
      assert.deepEqual(messages, ['loads -1', `drain ${cause}`])
    })
  }
})
