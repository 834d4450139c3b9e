import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HangReport, Vitals } from '@manifold/groups'
import type { SuperviseOptions } from '@manifold/health'
import { StoppableClock } from '../../helpers/fake-clock.js'
import { DONE, type PaperWorker, supervised } from '../paper-master.js'

const REPORT: HangReport = { hungMs: 1_300, stack: 'at spin (app.js:1)', why: undefined, vitals: undefined }

/** A worker that its group has found silent, after 1,250 ms. */
function silence(options: SuperviseOptions = {}, how: Partial<PaperWorker> = {}, silentMs = 1_250) {
  const clock = new StoppableClock()
  const { master, supervisor } = supervised(options, clock)
  let heardAt = clock.now() - silentMs
  const worker = master.worker('web', 0, how)
  Object.defineProperty(worker, 'silentMs', { get: () => clock.now() - heardAt })
  const said: string[] = []
  for (const step of ['terminating', 'killing'] as const) {
    supervisor.on(step, ({ silentMs, report }) =>
      said.push(`${step} ${silentMs}${report ? ' reported' : ''}`),
    )
  }
  master.emit('silent', worker, silentMs)
  return { clock, master, supervisor, worker, said, beat: () => (heardAt = clock.now()) }
}

describe('a silent worker', () => {
  test('is told to finish, then killed, each with its figures', () => {
    const { clock, worker, said, master } = silence()
    clock.advance(1_249)
    assert.deepEqual(said, [])
    clock.advance(1)
    assert.deepEqual([said, worker.signals], [['terminating 2500'], ['SIGTERM']])
    clock.advance(999)
    assert.equal(said.length, 1)
    clock.advance(1)
    assert.deepEqual(said, ['terminating 2500', 'killing 3500'])
    assert.deepEqual(worker.signals, ['SIGTERM', 'SIGKILL'])
    clock.advance(100_000)
    assert.equal(worker.signals.length, 2)
    master.exit(worker, { type: 'signaled', signal: 'SIGKILL', asked: false })
    assert.equal(clock.pending, 0)
  })

  for (const early of [true, false]) {
    test(`brings the report of what it hangs in, which comes ${early ? 'before' : 'after'} it is found`, () => {
      const { clock, master, said, supervisor, worker: first } = silence()
      const reports: unknown[] = []
      supervisor.on('terminating', ({ report }) => reports.push(report))
      master.emit('heard', first)
      const worker = master.worker('web', 1, { silentMs: 2_500 })
      if (early) master.emit('hang', worker, REPORT)
      master.emit('silent', worker, 2_500)
      if (!early) {
        clock.advance(500)
        master.emit('hang', worker, REPORT)
      }
      clock.advance(0)
      assert.deepEqual([said, reports], [['terminating 2500 reported'], [REPORT]])
    })
  }

  test('is killed once, also if its report comes only then', () => {
    const { clock, master, worker, said } = silence()
    clock.advance(2_250)
    master.emit('hang', worker, REPORT)
    clock.advance(100_000)
    assert.deepEqual(said, ['terminating 2500', 'killing 3500'])
  })

  test('is given a second from when it was found for its report, if its time were over before', () => {
    const { clock, said } = silence({ heartbeat: { termAfterMs: 200, killAfterMs: 800 } })
    clock.advance(999)
    assert.deepEqual(said, [])
    clock.advance(1)
    assert.deepEqual(said, ['terminating 2250'])
    // And half a second to finish, whatever it is late.
    clock.advance(499)
    assert.equal(said.length, 1)
    clock.advance(1)
    assert.deepEqual(said, ['terminating 2250', 'killing 2750'])
  })

  for (const [what, end] of [
    ['it is heard', ({ master, worker }: ReturnType<typeof silence>) => master.emit('heard', worker)],
    [
      'it finishes',
      ({ master, worker }: ReturnType<typeof silence>) => master.emit('draining', worker, 'replace'),
    ],
    ['it is gone', ({ master, worker }: ReturnType<typeof silence>) => master.exit(worker, DONE)],
    ['nobody supervises any longer', ({ supervisor }: ReturnType<typeof silence>) => supervisor.stop()],
  ] as const) {
    test(`is left alone as soon as ${what}, before and after it was told to finish`, () => {
      for (const [atMs, signals] of [
        [1_000, []],
        [2_000, ['SIGTERM']],
      ] as const) {
        const ward = silence()
        ward.clock.advance(atMs)
        void end(ward)
        assert.equal(ward.clock.pending, 0)
        ward.clock.advance(100_000)
        assert.deepEqual(ward.worker.signals, signals)
      }
    })
  }

  test('is not ended if it has just been heard, although nobody has said so yet', () => {
    const { clock, said, beat } = silence()
    clock.advance(1_000)
    beat()
    clock.advance(2_499)
    assert.deepEqual(said, [])
  })

  test('is left alone while a debugger may hold it', () => {
    const { clock, said } = silence({}, { vitals: { inspected: true } as Vitals })
    clock.advance(100_000)
    assert.deepEqual([said, clock.pending], [[], 0])
  })

  test('is left alone with heartbeat: false, for all or for its group', () => {
    for (const options of [
      { heartbeat: false },
      { heartbeat: { termAfterMs: 10 }, groups: { web: { heartbeat: false } } },
    ] as const) {
      const { clock, said } = silence(options)
      clock.advance(100_000)
      assert.deepEqual([said, clock.pending], [[], 0])
    }
    const { clock, said } = silence({ heartbeat: false, groups: { web: { heartbeat: {} } } })
    clock.advance(100_000)
    assert.equal(said.length, 2)
  })
})

describe('a judge who is late', () => {
  test('judges nobody: the silence counts from then on', () => {
    const { clock, said } = silence()
    clock.advance(100)
    clock.skip(60_000)
    clock.advance(2_300)
    assert.deepEqual(said, [])
    clock.advance(400)
    assert.equal(said.length, 1)
    assert.match(said[0]!, /^terminating 6\d{4}$/)
  })

  test('does not kill either', () => {
    const { clock, said } = silence()
    clock.advance(1_300)
    assert.equal(said.length, 1)
    clock.skip(60_000)
    clock.advance(3_000)
    assert.equal(said.length, 1)
    clock.advance(1_000)
    assert.equal(said.length, 2)
  })

  test('judges if it is late by what happens every day', () => {
    const { clock, said } = silence()
    for (let look = 0; look < 4; look++) {
      clock.advance(125)
      clock.skip(125)
    }
    clock.advance(1_000)
    assert.equal(said.length, 1)
  })

  test('counts no more of the silence than the group did', () => {
    const { clock, master, said } = silence()
    said.length = 0
    const worker = master.worker('web', 1, { silentMs: 60_000 })
    master.emit('silent', worker, 1_250)
    clock.advance(1_249)
    assert.deepEqual(worker.signals, [])
    clock.advance(1)
    assert.deepEqual(worker.signals, ['SIGTERM'])
  })
})
