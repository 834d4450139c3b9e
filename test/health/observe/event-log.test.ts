import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, type TestContext, test } from 'node:test'
import { ManifoldError } from '@manifold/core'
import type { Master, Vacancy, Worker } from '@manifold/groups'
import { type SuperviseOptions, type Supervisor, supervise } from '@manifold/health'
import { FakeClock } from '../../helpers/fake-clock.js'
import { temporaryDirectory } from '../../helpers/fixture.js'

/** A master as its supervisor sees it: events and a state. */
class PaperMaster extends EventEmitter {
  state = 'running'
  readonly groups = []

  group() {
    return { fill: async () => ({}) }
  }
}

const WORKER = { id: 7, pid: 70, group: 'web', slot: 1, uptimeMs: 12.4, destroyedConnections: 0 } as Worker

function logged(
  t: TestContext,
  log: SuperviseOptions['log'],
): { master: PaperMaster; supervisor: Supervisor } {
  const master = new PaperMaster()
  const supervisor = supervise(master as unknown as Master, { log: log! }, new FakeClock())
  t.after(() => supervisor.stop())
  return { master, supervisor }
}

/** Keeps what is written, and passes it on only when told. */
class Reader extends Writable {
  text = ''
  blocked = false
  #waiting: (() => void) | undefined

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk
    if (this.blocked) this.#waiting = done
    else done()
  }

  read(): void {
    this.blocked = false
    this.#waiting?.()
  }

  get lines() {
    return linesOf(this.text)
  }
}

function linesOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

function withoutTime({ time, ...line }: Record<string, unknown>): Record<string, unknown> {
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  return line
}

describe('an event log', () => {
  test('has a line for every event of the master and of its supervisor', (t) => {
    const reader = new Reader()
    const { master } = logged(t, { stream: reader })
    master.emit('setup')
    master.emit('ready', WORKER)
    master.emit('exit', WORKER, { type: 'exited', code: 3, asked: false })
    master.emit('vacant', { group: 'web', slot: 1, worker: WORKER } satisfies Vacancy)
    master.emit('groupRemoved', 'web')
    const who = { group: 'web', slot: 1, worker: { id: 7, pid: 70 } }
    const lines = reader.lines.map(withoutTime)
    // What else it says depends on the rules of restarts.
    const backoff = lines.findIndex(({ event }) => event === 'backoff')
    const { source, event, group, slot, delayMs } = lines[backoff]!
    assert.equal(typeof delayMs, 'number')
    lines[backoff] = { source, event, group, slot }
    assert.deepEqual(lines, [
      { source: 'master', event: 'setup' },
      { source: 'master', event: 'ready', ...who, uptimeMs: 12 },
      {
        source: 'master',
        event: 'exit',
        ...who,
        reason: { type: 'exited', code: 3, asked: false },
        uptimeMs: 12,
        destroyedConnections: 0,
      },
      { source: 'master', event: 'vacant', ...who },
      { source: 'supervisor', event: 'backoff', group: 'web', slot: 1 },
      { source: 'master', event: 'groupRemoved', group: 'web' },
    ])
  })

  test('has no beats, and not what applications say', (t) => {
    const reader = new Reader()
    const { master } = logged(t, { stream: reader })
    master.emit('beat', WORKER, {})
    master.emit('message', WORKER, { secret: 1 })
    assert.equal(reader.text, '')
  })

  test('shows an error with its code and stack, on one line', (t) => {
    const reader = new Reader()
    const { master } = logged(t, { stream: reader })
    const error = new ManifoldError(
      'ERR_MANIFOLD_START',
      'worker ended\n  its stderr ended with:\n    no salt',
    )
    master.emit('failed', WORKER, error)
    assert.equal(reader.text.indexOf('\n'), reader.text.length - 1)
    const { name, code, message, stack } = error
    assert.deepEqual(reader.lines[0]?.error, { name, code, message, stack })
  })

  test('keeps the line short, and says by how much it would be longer', (t) => {
    const reader = new Reader()
    const { master } = logged(t, { stream: reader })
    const long = Array.from({ length: 100 }, () => 'x'.repeat(8_000))
    master.emit('uncaught', WORKER, { origin: 'uncaughtException', error: { long } })
    const [line] = reader.lines
    assert.ok(reader.text.length < 65_536)
    assert.deepEqual([line?.event, line?.slot, line?.worker], ['uncaught', 1, { id: 7, pid: 70 }])
    assert.ok((line?.cutBytes as number) > 800_000)
  })

  test('goes into a file, in turn with what the program does', (t) => {
    const file = join(temporaryDirectory(t), 'events.jsonl')
    const { master } = logged(t, { file })
    master.emit('setup')
    assert.deepEqual(
      linesOf(readFileSync(file, 'utf8')).map(({ event }) => event),
      ['setup'],
    )
  })

  test('cannot be had where it cannot be written: that is said at once', (t) => {
    const master = new PaperMaster()
    for (const file of ['/nowhere/events.jsonl', temporaryDirectory(t)]) {
      assert.throws(() => supervise(master as unknown as Master, { log: { file } }), {
        code: 'ERR_MANIFOLD_OPTION',
        option: 'log.file',
      })
    }
    assert.deepEqual(master.eventNames(), [])
  })

  test('says once that it cannot be written any more, and how much is missing when it can', async (t) => {
    const directory = join(temporaryDirectory(t), 'logs')
    mkdirSync(directory)
    const file = join(directory, 'events.jsonl')
    const { master, supervisor } = logged(t, { file })
    const failures: string[] = []
    supervisor.on('logFailed', ({ error }) => failures.push(error.code))
    rmSync(directory, { recursive: true })
    for (let count = 0; count < 5; count++) master.emit('setup')
    assert.deepEqual(failures, ['ERR_MANIFOLD_LOG'])
    mkdirSync(directory)
    master.emit('started')
    assert.deepEqual(linesOf(readFileSync(file, 'utf8')).map(withoutTime), [
      // The five, and the word that they are lost.
      { source: 'log', event: 'lost', lines: 6 },
      { source: 'master', event: 'started' },
    ])
    rmSync(directory, { recursive: true })
    master.emit('setup')
    assert.equal(failures.length, 2)
  })

  test('holds a bounded part of what a stream does not take', (t) => {
    const reader = new Reader()
    reader.blocked = true
    const { master, supervisor } = logged(t, { stream: reader })
    let failures = 0
    supervisor.on('logFailed', () => failures++)
    const text = 'x'.repeat(8_000)
    for (let count = 0; count < 1_000; count++) master.emit('groupAdded', text)
    assert.ok(reader.writableLength < 1_100_000)
    assert.equal(failures, 1)
    reader.read()
    master.emit('setup')
    const lost = reader.lines.find(({ event }) => event === 'lost')?.lines as number
    const there = reader.lines.filter(({ event }) => event === 'groupAdded').length
    assert.equal(there + lost, 1_001)
    assert.equal(reader.lines.at(-1)?.event, 'setup')
  })

  test('survives the end and the errors of a stream', async (t) => {
    const reader = new Reader()
    const { master, supervisor } = logged(t, { stream: reader })
    const failures: string[] = []
    supervisor.on('logFailed', ({ error }) => failures.push(error.message))
    reader.destroy(new Error('no reader'))
    await new Promise(setImmediate)
    master.emit('setup')
    assert.deepEqual(failures, ['the event log loses events: no reader'])
  })

  test('is closed with its supervisor, or after the last word of its master', (t) => {
    const one = new Reader()
    const { master, supervisor } = logged(t, { stream: one })
    supervisor.stop()
    master.emit('setup')
    assert.deepEqual([one.text, one.listenerCount('error'), one.writableEnded], ['', 0, false])

    const other = new Reader()
    const { master: stopped } = logged(t, { stream: other })
    stopped.emit('stopped')
    stopped.emit('setup')
    assert.deepEqual(
      other.lines.map(({ event }) => event),
      ['stopped'],
    )
    assert.equal(other.listenerCount('error'), 0)
  })
})
