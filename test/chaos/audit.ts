import { describeFailures, type Failure, type LoadReport } from '../helpers/load-client.js'
import type { Life } from './fleet.js'
import { type ChaosGroup, groups, silence, workersAccept } from './groups.js'
import { kindOf } from './kinds.js'
import type { Ledger } from './ledger.js'

/** How long after the end of a process its client may hear of it, besides what the client itself is late. */
const NEWS_MS = 300
/** Two processes look at one clock, but not at once. */
const BLUR_MS = 50
/** The end of a worker that was told to finish, and killed, for its silence. */
const JUDGED = /^(?:SIGKILL|exit code 0)/

export interface GroupLoad {
  readonly group: string
  /** The `moment()` at which it began. */
  readonly beganAt: number
  readonly report: LoadReport
}

/** All that is known when a run is over. */
export interface Evidence {
  readonly ledger: Ledger
  readonly lives: readonly Life[]
  /** Processes that were not meant to start as they should. */
  readonly moody: ReadonlySet<number>
  /** Who had accepted a client's connection last between these moments, as the workers noted it. */
  acceptedBy(group: string, client: string, after: number, before: number): number | undefined
  /** All who have, in words. */
  acceptances(group: string, client: string): string
}

/** By what a failed request is known to have been inside a process that died. */
export interface Proofs {
  /** An earlier response on the connection, or a part of this one, told the process. */
  answered: number
  /** The process had noted the connection. */
  noted: number
  /**
   * The process that had it had died, and its client heard of it when a sibling ended, or went on, that was stuck
   * meanwhile: with a copy of the connection, which it had been offered, or had given away.
   */
  copy: number
  /** The master accepts for that group, and was killed in that moment. */
  master: number
  /** The connection was lost in the moment in which a process of its group died: too early for a note. */
  moment: number
}

/** What was not to be, in words. */
export function audit(
  evidence: Evidence,
  loads: readonly GroupLoad[],
): { proofs: Proofs; violations: string[] } {
  const proofs: Proofs = { answered: 0, noted: 0, copy: 0, master: 0, moment: 0 }
  const violations = [...strangeEnds(evidence), ...unrecovered(evidence.ledger)]
  for (const load of loads) {
    const unproven: Failure[] = []
    for (const failure of load.report.failures) {
      const proof = proofOf(failure, load, evidence)
      if (proof) proofs[proof]++
      else unproven.push(failure)
    }
    if (unproven.length > 0) {
      const from = load.beganAt.toFixed(0)
      const servers = new Set(unproven.flatMap((failure) => serverOf(failure, load, evidence) ?? []))
      violations.push(
        [
          `${load.group}: ${unproven.length} requests failed without having been inside a process that died ` +
            `(times from ${from} on, the client late by up to ${load.report.lateMs.toFixed(0)} ms):`,
          describeFailures(unproven),
          ...[...servers].map((pid) => `  ${describe(pid, evidence)}`),
          ...unproven.map(({ connection, from: client = '' }) => {
            return `  connection ${connection} was accepted by: ${evidence.acceptances(load.group, client)}`
          }),
        ].join('\n'),
      )
    }
  }
  return { proofs, violations }
}

function proofOf(failure: Failure, load: GroupLoad, evidence: Evidence): keyof Proofs | undefined {
  if (!['reset-fresh', 'reset-reused', 'reset-mid-response'].includes(failure.class)) return undefined
  const at = load.beganAt + failure.atMs
  const died = (life: Life) => diedWithWork(life, evidence.ledger, at, newsMs(load))
  const server = serverOf(failure, load, evidence)
  if (server === undefined) {
    if (wasWithMaster(load.group, at, newsMs(load), evidence.ledger)) return 'master'
    return evidence.lives.some((life) => life.group === load.group && died(life)) ? 'moment' : undefined
  }
  const life = evidence.lives.find(({ pid }) => pid === server)
  if (!life) return undefined
  if (!died(life)) return wasKeptOpen(life, at, newsMs(load), evidence) ? 'copy' : undefined
  return failure.pid === undefined ? 'noted' : 'answered'
}

/**
 * Who had the connection, as an answer on it told, or else that process' note. One that was gone before has not been
 * heard of in time by its master, which has given the connection to another.
 */
function serverOf(failure: Failure, load: GroupLoad, evidence: Evidence): number | undefined {
  const { pid, from, ageMs = 0 } = failure
  if (pid !== undefined || from === undefined) return pid
  const at = load.beganAt + failure.atMs
  const noted = evidence.acceptedBy(load.group, from, at - ageMs - BLUR_MS, at)
  const { exitedAt = at } = evidence.lives.find((life) => life.pid === noted) ?? {}
  return exitedAt + newsMs(load) < at ? undefined : noted
}

/** A client that is late has as much to do first as came meanwhile. */
function newsMs({ report }: GroupLoad): number {
  return NEWS_MS + 2 * report.lateMs
}

function describe(pid: number, { lives, ledger }: Evidence): string {
  const life = lives.find((one) => one.pid === pid)
  const faults = ledger.of(pid).map(({ fault, hitAt = 0 }) => `${fault.kind} at ${hitAt.toFixed(0)}`)
  return `server ${pid}: ${JSON.stringify(life)}, ${faults.join(', ') || 'no fault'}`
}

/**
 * Whether a fault of ours that left it no time to finish had hit it by then, and it had not been gone for long. Its end
 * itself may be older than the news of it.
 */
function diedWithWork(life: Life, ledger: Ledger, at: number, newsWithinMs: number): boolean {
  const { pid, exitedAt = Number.POSITIVE_INFINITY } = life
  return ledger.of(pid).some((entry) => {
    const { fault, hitAt = 0 } = entry
    const judged = exitedAt - hitAt >= silence.termAfterMs && life.end !== undefined && JUDGED.test(life.end)
    const loses =
      judged ||
      fault.also?.signal === 'SIGKILL' ||
      entry.secondPid === pid ||
      kindOf(fault.kind).loses ||
      (isUncaught(fault.kind) && groupOf(life).options.onUncaught === 'exit')
    return loses && at >= hitAt - BLUR_MS && at <= exitedAt + newsWithinMs
  })
}

/** Whether the connection may have been with a master that was killed. */
function wasWithMaster(group: string, at: number, newsWithinMs: number, { turns }: Ledger): boolean {
  if (workersAccept.includes(group)) return false
  return turns.some(({ do: what, startedAt, endedAt = Number.POSITIVE_INFINITY }) => {
    const killed = what === 'SIGKILL' || what === 'SIGSTOP'
    return killed && at >= startedAt - BLUR_MS && at <= endedAt + newsWithinMs
  })
}

/** Whether it had died with work before, and a sibling has been stuck since then, and is no longer so just now. */
function wasKeptOpen(life: Life, at: number, newsWithinMs: number, { ledger, lives }: Evidence): boolean {
  const { exitedAt = Number.POSITIVE_INFINITY } = life
  if (exitedAt > at || !diedWithWork(life, ledger, exitedAt, newsWithinMs)) return false
  return lives.some((sibling) => {
    if (sibling.group !== life.group || sibling.pid === life.pid) return false
    return ledger.of(sibling.pid).some(({ hitAt = at, recoveredAt }) => {
      // It may have had a successor long before it was gone.
      const ends = [recoveredAt, sibling.exitedAt].flatMap((end) => end ?? [])
      return hitAt <= exitedAt && ends.some((end) => end - BLUR_MS <= at && at <= end + newsWithinMs)
    })
  })
}

function strangeEnds({ ledger, lives, moody }: Evidence): string[] {
  return lives.flatMap((life) => {
    const { pid, group, slot, end, asked, readyAt, exitedAt } = life
    if (exitedAt === undefined || end === undefined || moody.has(pid)) return []
    // One that has not got ready when it is not wanted any more has nothing to finish.
    if (asked && (end === 'exit code 0' || readyAt === undefined)) return []
    const faults = ledger.of(pid)
    const what = `worker ${pid} of ${group}/${slot} ended (${end}${asked ? ', asked to' : ''})`
    if (faults.length === 0) return [`${what}, and no fault explains it`]
    // Told to finish while it is broken: then it may be killed for not finishing.
    const explained = faults.some((entry) => {
      const { kind, also } = entry.fault
      if (entry.secondPid === pid || also !== undefined) return true
      const operated = ledger.operated(group, entry.hitAt ?? 0, exitedAt)
      // Stopped for longer than it was to be: the machine was slow to let us go on.
      const judged = exitedAt - (entry.hitAt ?? 0) >= silence.termAfterMs && JUDGED.test(end)
      return kindOf(kind).ends.test(end) || judged || (operated && /^SIGKILL/.test(end))
    })
    return explained ? [] : [`${what} after ${faults.map(({ fault }) => fault.kind).join(', ')}`]
  })
}

function unrecovered({ entries, operations, turns }: Ledger): string[] {
  return [
    ...turns
      .filter(({ endedAt }) => endedAt === undefined)
      .map(({ do: what, problem = 'not ended' }) => `${what} of the master: ${problem}`),
    ...entries
      .filter(({ recoveredAt }) => recoveredAt === undefined)
      .map(({ fault: { number, kind, group, slot }, problem = 'not ended' }) => {
        return `fault ${number}, ${kind} of ${group}/${slot}: ${problem}`
      }),
    // What a fault makes of a reload has a code.
    ...operations
      .filter(({ outcome = '' }) => outcome !== 'ok' && !outcome.startsWith('ERR_MANIFOLD_'))
      .map(({ do: what, group, outcome = 'not ended' }) => `${what} of ${group}: ${outcome}`),
  ]
}

function isUncaught(kind: string): boolean {
  return kind === 'uncaught exception' || kind === 'unhandled rejection'
}

function groupOf({ group }: Life): ChaosGroup {
  return groups.find(({ name }) => name === group)!
}
