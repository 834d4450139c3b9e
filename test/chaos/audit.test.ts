import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countByClass, distribution, type LoadReport } from '../helpers/load/report.js'
import type { Failure, FailureClass } from '../helpers/load-client.js'
import { audit, type Evidence } from './audit.js'
import type { Life } from './fleet.js'
import type { KindName } from './kinds.js'
import { Ledger } from './ledger.js'

const VICTIM = 100
const HEALTHY = 200

function life(pid: number, ended: Partial<Life> = {}): Life {
  return { pid, master: 1, group: 'kernel', slot: 0, forkedAt: 0, readyAt: 100, ...ended }
}

/** One fault that hit the victim, which died of it at 1,000 ms. */
function evidence(kind: KindName, end = 'SIGKILL', changes: Partial<Evidence> = {}): Evidence {
  const ledger = new Ledger()
  const strike = { signal: 'SIGKILL' } as const
  const place = { group: 'kernel', slot: 0 }
  const fault = { type: 'fault', number: 1, kind, ...place, strike, moods: [], also: undefined } as const
  ledger.entries.push({ fault, pid: VICTIM, hitAt: 990, recoveredAt: 1_200 })
  const lives = [life(VICTIM, { exitedAt: 1_000, end, asked: false }), life(HEALTHY)]
  return {
    ledger,
    lives,
    moody: new Set(),
    acceptedBy: () => undefined,
    acceptances: () => 'nobody',
    ...changes,
  }
}

function failure(failureClass: FailureClass, atMs: number, pid?: number): Failure {
  const known = { requestsBefore: pid === undefined ? 0 : 1, pid, from: '127.0.0.2:4000' }
  return {
    class: failureClass,
    atMs,
    connection: 1,
    written: true,
    bytesReceived: 0,
    detail: 'closed',
    ...known,
  }
}

function loadWith(...failures: Failure[]) {
  const none = distribution([])
  const counters = {
    skipped: 0,
    connectionsOpened: 1,
    reused: 0,
    overflowed: 0,
    idleEnded: 0,
    askedToClose: 0,
  }
  const times = { connectMs: none, newConnectionMs: none, latencyMs: none, lateMs: 0, durationMs: 2_000 }
  const report: LoadReport = {
    ...counters,
    ...times,
    sent: failures.length,
    ok: 0,
    failures,
    counts: countByClass(failures),
    answersByPid: new Map(),
  }
  return { group: 'kernel', beganAt: 0, report }
}

const lost = (given: Evidence, ...failures: Failure[]) => audit(given, [loadWith(...failures)])

describe('a failed request', () => {
  it('is no violation if the process that answered on its connection died just then', () => {
    const { proofs, violations } = lost(evidence('SIGKILL'), failure('reset-reused', 1_005, VICTIM))
    assert.deepEqual(violations, [])
    assert.deepEqual(proofs, { answered: 1, noted: 0, copy: 0, master: 0, moment: 0 })
  })

  it('is no violation if the process that died had noted the connection', () => {
    const given = evidence('SIGKILL', 'SIGKILL', { acceptedBy: () => VICTIM })
    const { proofs, violations } = lost(given, failure('reset-fresh', 1_005))
    assert.deepEqual(violations, [])
    assert.deepEqual(proofs, { answered: 0, noted: 1, copy: 0, master: 0, moment: 0 })
  })

  it('is no violation if a process of its group died at that moment, and nobody has noted the connection', () => {
    const { proofs, violations } = lost(evidence('SIGKILL'), failure('reset-fresh', 1_005))
    assert.deepEqual(violations, [])
    assert.deepEqual(proofs, { answered: 0, noted: 0, copy: 0, master: 0, moment: 1 })
  })

  it('is judged as without a note if who made it was gone long before: another had it then', () => {
    const gone = life(50, { exitedAt: 200, end: 'exit code 1', asked: false })
    const given = evidence('SIGKILL', 'SIGKILL', { acceptedBy: () => 50 })
    const { proofs, violations } = lost(
      { ...given, lives: [...given.lives, gone], moody: new Set([50]) },
      failure('reset-fresh', 1_005),
    )
    assert.deepEqual(violations, [])
    assert.deepEqual(proofs, { answered: 0, noted: 0, copy: 0, master: 0, moment: 1 })
  })

  describe('of whose death its client hears late', () => {
    /** The victim died at 1,000 ms; a sibling was hit then or before, and is gone at 2,000. */
    function late(siblingHitAt: number): Evidence {
      const given = evidence('SIGKILL')
      const strike = { signal: 'SIGKILL' } as const
      const place = { group: 'kernel', slot: 1 }
      const hang = {
        type: 'fault',
        number: 2,
        kind: 'long hang',
        ...place,
        strike,
        moods: [],
        also: undefined,
      } as const
      given.ledger.entries.push({ fault: hang, pid: 300, hitAt: siblingHitAt, recoveredAt: 2_100 })
      const sibling = { ...life(300, { exitedAt: 2_000, end: 'SIGKILL', asked: false }), slot: 1 }
      return { ...given, lives: [...given.lives, sibling] }
    }

    it('is no violation if a sibling was stuck until then', () => {
      const { proofs, violations } = lost(late(900), failure('reset-reused', 2_010, VICTIM))
      assert.deepEqual(violations, [])
      assert.deepEqual(proofs, { answered: 0, noted: 0, copy: 1, master: 0, moment: 0 })
    })

    it('is no violation if that had been succeeded before', () => {
      const given = late(900)
      given.ledger.entries.at(-1)!.recoveredAt = 1_100
      assert.deepEqual(lost(given, failure('reset-reused', 2_010, VICTIM)).violations, [])
    })

    for (const [what, hitAt, atMs] of [
      ['the sibling was stuck later only', 1_300, 2_010],
      ['the sibling was stuck still', 900, 1_700],
      ['the sibling has been gone for long', 900, 2_600],
    ] as const) {
      it(`is a violation if ${what}`, () => {
        assert.equal(lost(late(hitAt), failure('reset-reused', atMs, VICTIM)).violations.length, 1)
      })
    }
  })

  const violations: [what: string, given: Evidence, failed: Failure][] = [
    ['inside another process', evidence('SIGKILL'), failure('reset-reused', 1_005, HEALTHY)],
    [
      'noted by another process',
      evidence('SIGKILL', 'SIGKILL', { acceptedBy: () => HEALTHY }),
      failure('reset-fresh', 1_005),
    ],
    ['long after the death', evidence('SIGKILL'), failure('reset-reused', 1_500, VICTIM)],
    ['before the death', evidence('SIGKILL'), failure('reset-fresh', 500)],
    ['refused', evidence('SIGKILL'), failure('refused', 1_005)],
    ['not answered', evidence('SIGKILL'), failure('hang', 1_005, VICTIM)],
    [
      'inside a process that had the time to finish',
      evidence('uncaught exception', 'exit code 1'),
      failure('reset-reused', 1_005, VICTIM),
    ],
  ]
  for (const [what, given, failed] of violations) {
    it(`is a violation: ${what}`, () => {
      const found = lost(given, failed).violations
      assert.equal(found.length, 1)
      assert.match(found[0]!, /1 requests failed without having been inside a process that died/)
    })
  }
})

describe('the end of a process', () => {
  const end = (given: Evidence) => audit(given, []).violations

  it('is no violation if its fault explains it', () => {
    assert.deepEqual(end(evidence('exit 7', 'exit code 7')), [])
  })

  it('is a violation if its fault would have ended it otherwise', () => {
    assert.deepEqual(end(evidence('exit 7', 'exit code 1')), [
      'worker 100 of kernel/0 ended (exit code 1) after exit 7',
    ])
  })

  it('is a violation if no fault hit it', () => {
    const given = evidence('SIGKILL', 'SIGKILL', {
      lives: [life(HEALTHY, { exitedAt: 1_500, end: 'SIGKILL', asked: false })],
    })
    assert.deepEqual(end(given), ['worker 200 of kernel/0 ended (SIGKILL), and no fault explains it'])
  })

  it('is none if it was not meant to start, or was told to finish, and did, or had not begun', () => {
    const asked = life(HEALTHY, { exitedAt: 1_500, end: 'exit code 0', asked: true })
    const moody = life(300, { exitedAt: 1_500, end: 'exit code 1', asked: false })
    assert.deepEqual(
      end(evidence('SIGKILL', 'SIGKILL', { lives: [asked, moody], moody: new Set([300]) })),
      [],
    )
  })
})

describe('what has no end', () => {
  it('a slot that is not at full strength again is a violation', () => {
    const given = evidence('SIGKILL')
    delete given.ledger.entries[0]!.recoveredAt
    given.ledger.entries[0]!.problem = 'gave up'
    assert.deepEqual(audit(given, []).violations, ['fault 1, SIGKILL of kernel/0: gave up'])
  })

  it('so is a reload that fails without a code; with one, it is the work of a fault', () => {
    const given = evidence('SIGKILL')
    const done = { do: 'reload', group: 'kernel', startedAt: 0, endedAt: 1 } as const
    given.ledger.operations.push(
      { ...done, outcome: 'ERR_MANIFOLD_CANARY' },
      { ...done, outcome: 'no answer' },
    )
    assert.deepEqual(audit(given, []).violations, ['reload of kernel: no answer'])
  })
})
