import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { WorkerOptions, WorkerProcess } from '@manifold/core/internal'
import { fixture } from '../../helpers/fixture.js'
import { assertNoLeaks, isAlive, openDescriptors, snapshot } from '../../helpers/leaks.js'
import { once } from '../../helpers/wait.js'
import { source } from '../../tools/paths.js'
import { said, startFixture, startWorker } from '../parent/worker.js'

const HANG_MS = 300
/** Long enough for a report, and for a test that would wait for a second one. */
const LONG_MS = 1_500

interface Hang {
  hungMs: number
  stack: string | undefined
  why: string | undefined
}

const linux = { skip: process.platform !== 'linux' && 'there is no /proc here' }

/** A worker whose watchdog looks. */
async function watched(t: TestContext, options: Partial<WorkerOptions> = {}): Promise<WorkerProcess> {
  const worker = startFixture(t, 'hang', { hangMs: HANG_MS, ready: 'manual', ...options })
  assert.equal(await said(worker), 'watched')
  return worker
}

/** Lets it hang, and waits until it is told. */
async function reported(worker: WorkerProcess, way: string, forMs = LONG_MS): Promise<Hang> {
  const report = once<[Hang]>(worker, 'hang')
  worker.send([way, forMs])
  const [hang] = await report
  return hang
}

function frames({ stack = '' }: Hang): string[] {
  return stack.split('\n').map((line) => line.trim())
}

describe('what a worker hangs in is told:', { concurrency: 2 }, () => {
  test('a loop without end', async (t) => {
    const worker = await watched(t)
    const hang = await reported(worker, 'loop', 1e9)
    const [innermost, caller] = frames(hang).filter((line) => line.includes('file:'))
    assert.match(innermost!, /^at spinInALoop \(file:\/\/.*\/hang\.js:\d+:\d+\)$/)
    assert.match(caller!, /^at loop \(file:\/\/.*\/hang\.js:\d+:\d+\)$/)
    assert.ok(hang.hungMs >= HANG_MS, `${hang.hungMs} ms`)
    assert.equal(hang.why, undefined)
  })

  test('a regular expression that backtracks', async (t) => {
    const worker = await watched(t)
    assert.match(frames(await reported(worker, 'regex'))[0]!, /^at regex \(/)
    assert.equal(await said(worker), 'through with regex')
  })

  test('a program that is no module, by its path', async (t) => {
    const worker = startWorker(t, fixture('workers/hang-cjs', '.cjs'), { hangMs: HANG_MS, ready: 'manual' })
    assert.equal(await said(worker), 'watched')
    const hang = await reported(worker, 'loop')
    assert.match(
      frames(hang).find((line) => line.includes('spin'))!,
      /^at spin \(\/.*\/hang-cjs\.cjs:\d+:\d+\)$/,
    )
  })

  test('the lines of the source, where Node is to tell these', async (t) => {
    const worker = await watched(t, { execArgv: ['--enable-source-maps'] })
    const file = path.join(source, 'fixtures', 'workers', 'hang.ts')
    const [innermost] = frames(await reported(worker, 'loop')).filter((line) => line.includes(file))
    const [, line] = /^at spinInALoop \(.*hang\.ts:(\d+):\d+\)$/.exec(innermost ?? '') ?? []
    const text = execFileSync('sed', ['-n', `${line}p`, file], { encoding: 'utf8' })
    assert.match(text, /while \(performance\.now\(\) < until\);/)
  })

  test('the lines of TypeScript that a loader compiles', async (t) => {
    const program = path.join(source, 'fixtures', 'workers', 'hang.ts')
    const execArgv = ['--import', import.meta.resolve('tsx')]
    const worker = startWorker(t, program, { hangMs: HANG_MS, ready: 'manual', execArgv })
    assert.equal(await said(worker), 'watched')
    const hang = await reported(worker, 'loop')
    assert.ok(
      frames(hang).some((line) => /^at spinInALoop \(\/.*\/hang\.ts:\d+:\d+\)$/.test(line)),
      hang.stack ?? '',
    )
  })

  test('calls thousands deep, of which the inner ones are told', async (t) => {
    const worker = await watched(t)
    const hang = await reported(worker, 'deep', 5_000)
    assert.equal(frames(hang).length, 50)
    assert.equal(await said(worker), 'through with deep')
  })

  test('a call of the system, of which only that is known; the worker goes on when it returns', async (t) => {
    const worker = await watched(t)
    const hang = await reported(worker, 'system')
    assert.equal(hang.stack, undefined)
    assert.match(hang.why!, /^it is not in JavaScript/)
    assert.equal(await said(worker), 'through with system')
    // Nothing of the inspector's is left, neither a pause nor a debugger.
    assert.match(frames(await reported(worker, 'regex'))[0]!, /^at regex \(/)
    assert.equal(await said(worker), 'through with regex')
  })
})

describe('a watchdog', () => {
  test('tells each hang once, and the next one again', async (t) => {
    const worker = await watched(t)
    const told: string[] = []
    worker.on('hang', (hang) => told.push(/at (loop|wait) /.exec(hang.stack ?? '')?.[1] ?? String(hang.why)))
    for (const way of ['loop', 'wait', 'loop']) {
      worker.send([way, LONG_MS])
      assert.equal(await said(worker), `through with ${way}`)
    }
    assert.deepEqual(told, ['loop', 'wait', 'loop'])
  })

  test('says nothing of a worker that was stopped, and goes on', async (t) => {
    const worker = await watched(t)
    worker.kill('SIGSTOP')
    // That is how long it stays stopped: far longer than it may hang.
    await new Promise((resolve) => setTimeout(resolve, 4 * HANG_MS))
    const report = once<[Hang]>(worker, 'hang')
    worker.kill('SIGCONT')
    worker.send(['regex', LONG_MS])
    const [hang] = await report
    assert.match(frames(hang)[0]!, /^at regex \(/)
  })

  test('leaves the inspector to who has opened it', async (t) => {
    const worker = await watched(t, { execArgv: ['--inspect=127.0.0.1:0'] })
    const hang = await reported(worker, 'loop')
    assert.deepEqual([hang.stack, hang.why], [undefined, 'an inspector is open'])
    assert.equal(await said(worker), 'through with loop')
  })

  test('does not concern an application that inspects itself', async (t) => {
    const worker = startFixture(t, 'hang-inspecting', { hangMs: HANG_MS, ready: 'manual' })
    assert.equal(await said(worker), 'watched')
    const hang = await reported(worker, 'loop')
    assert.ok(
      frames(hang).some((line) => line.startsWith('at spin ')),
      hang.why ?? '',
    )
    assert.deepEqual(await said(worker), { evaluated: 42 })
  })

  test('is not there unless it is wanted', linux, async (t) => {
    const worker = startFixture(t, 'hang')
    worker.send(['loop', 600])
    assert.equal(await said(worker), 'through with loop')
    assert.deepEqual(
      openDescriptors(worker.pid).filter(({ fd, target }) => fd === 4 && target.startsWith('socket:')),
      [],
    )
    const threads = (pid = 0) => readdirSync(`/proc/${pid}/task`).length
    const other = await watched(t)
    assert.equal(threads(other.pid), threads(worker.pid) + 1)
  })

  test('is not seen by what the worker starts, which does not hold up its end', linux, async (t) => {
    const worker = startFixture(t, 'leave-grandchild', { hangMs: HANG_MS })
    const pid = await said<number>(worker)
    t.after(() => process.kill(pid, 'SIGKILL'))
    assert.ok(isAlive(pid))
    const own = openDescriptors(worker.pid).find(({ fd }) => fd === 4)
    assert.match(own!.target, /^socket:/)
    assert.equal(
      openDescriptors(pid).some(({ target }) => target === own!.target),
      false,
    )
  })

  test('has the descriptor after those of the application', linux, async (t) => {
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc', 'ignore', 'ignore'] as const
    const worker = await watched(t, { stdio: [...stdio] })
    assert.match(openDescriptors(worker.pid).find(({ fd }) => fd === 6)!.target, /^socket:/)
    assert.ok(frames(await reported(worker, 'loop')).some((line) => line.startsWith('at spinInALoop ')))
  })

  test('leaves nothing behind in its master', linux, async (t) => {
    const before = snapshot()
    const worker = await watched(t)
    await reported(worker, 'loop')
    await worker.drain('stop')
    await assertNoLeaks(before)
  })

  for (const when of ['as it starts', 'when it runs']) {
    test(`does not hold up a worker that exits ${when}`, async (t) => {
      const options = { hangMs: HANG_MS, ready: 'manual', args: [when] } as const
      const worker = startFixture(t, 'exit-beside-thread', options)
      assert.deepEqual(await worker.closed, { type: 'exited', code: 7, asked: false })
    })
  }

  test('does not keep a worker alive that has nothing to do', async (t) => {
    const worker = startFixture(t, 'disconnect-when-watched', { hangMs: HANG_MS, ready: 'manual' })
    assert.deepEqual(await worker.closed, { type: 'exited', code: 0, asked: false })
  })

  test('tells hangs that follow one another up to a number', async (t) => {
    const worker = await watched(t, { hangMs: 50 })
    let told = 0
    worker.on('hang', () => told++)
    for (let hang = 0; hang < 10; hang++) {
      worker.send(['loop', 400])
      await said(worker)
    }
    assert.equal(told, 6)
  })

  test('is not believed whatever comes on its pipe', async (t) => {
    const worker = startFixture(t, 'write-on-pipe', { hangMs: HANG_MS, args: ['4'] })
    const hangs: Hang[] = []
    worker.on('hang', (hang) => hangs.push(hang))
    await worker.closed
    assert.deepEqual(hangs, [
      { hungMs: 1, stack: undefined, why: undefined },
      { hungMs: 2, stack: 'at ünder', why: undefined },
    ])
  })
})
