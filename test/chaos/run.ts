import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { snapshot } from '../helpers/leaks.js'
import { LoadClient } from '../helpers/load-client.js'
import { moment } from '../helpers/moment.js'
import { isExpectedWarning } from '../tools/expected-warnings.js'
import { Accepted } from './accepted.js'
import { audit, type GroupLoad, type Proofs } from './audit.js'
import { Fleet } from './fleet.js'
import { groups } from './groups.js'
import { Injector } from './injector.js'
import type { KindName } from './kinds.js'
import { Ledger } from './ledger.js'
import { makePlaces, moodyPids } from './places.js'
import { plan } from './plan.js'
import { afterStop, descriptors, fullStrength } from './remains.js'

export interface ChaosOptions {
  readonly seed: number
  readonly faults: number
  /** Only faults of these kinds. */
  readonly only?: readonly KindName[]
  /** Requests per second to each group. */
  readonly rate?: number
  /** Whether there is a guardian, and the master is killed and upgraded as well. @default true */
  readonly guarded?: boolean
  /** The Node that runs the master and the workers. */
  readonly node?: string
  /** Gets all that happens, as text. */
  readonly log?: (text: string) => void
  /** Told now and then how far it is. */
  readonly progress?: (text: string) => void
}

export interface ChaosReport {
  readonly seed: number
  readonly tookMs: number
  readonly ledger: Ledger
  readonly loads: readonly GroupLoad[]
  readonly proofs: Proofs
  /** How many processes were started. */
  readonly forks: number
  /** How often a worker was taken for silent. */
  readonly silences: number
  /** Empty if all went well. */
  readonly violations: readonly string[]
}

/** So many faults and operations may go on at a time; the next ones wait. */
const AT_A_TIME = 12
/** A group none of whose workers comes up for a while has its clients wait, not fail. */
const PATIENCE_MS = 40_000
/** More than that the machine cannot carry anyway. */
const UNDER_WAY = 300
/** What is noted in the log as slow. */
const LONG_MS = 2_000
const WARM_UP_MS = 1_000

/** Faults from a seed, under load; then everything must be as before, and nobody have lost what no death explains. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, faults, only, rate = 40, guarded = true, node = process.execPath } = options
  const { progress = () => {}, log = () => {} } = options
  const startedAt = moment()
  const folder = mkdtempSync(path.join(tmpdir(), 'manifold-chaos-'))
  // Also if this process is interrupted; the master ends when nobody listens to it any more.
  const cleanUp = () => rmSync(folder, { recursive: true, force: true })
  process.on('exit', cleanUp)
  try {
    makePlaces(folder)
    await using fleet = await Fleet.start(folder, node, guarded, log)
    const ledger = new Ledger()
    const violations: string[] = []
    await warmUp(fleet, rate, log)
    violations.push(...(await fullStrength(fleet)))
    const before = snapshot(fleet.root)

    const running = startLoads(fleet, { rate, log })
    const injector = new Injector(fleet, folder, ledger)
    for (const step of plan(seed, faults, groups, only, guarded)) {
      await sleep(step.gapMs)
      while (injector.underWay >= AT_A_TIME) await sleep(10)
      if (fleet.ended !== undefined) break
      log(`${moment().toFixed(1)} ${JSON.stringify(step)}\n`)
      if (step.type === 'upheaval') {
        await injector.overturn(step)
        violations.push(...(await fullStrength(fleet)))
      } else injector.begin(step)
      progress(`${ledger.entries.length}/${faults} faults, ${ledger.recovered} recovered`)
    }
    await injector.settled()
    progress('')
    if (fleet.ended !== undefined) {
      violations.push(`the master ended with ${fleet.ended}\n${fleet.stderr}`)
    } else {
      violations.push(...(await fullStrength(fleet)))
    }
    const loads = await Promise.all(
      running.map(async ({ client, ...load }) => ({ ...load, report: await client.stop() })),
    )
    if (fleet.ended === undefined) {
      violations.push(...(await descriptors(before)), ...(await afterStop(fleet, folder)))
    }
    const accepted = new Accepted(folder)
    const lives = [...fleet.lives.values()]
    const evidence = {
      ...{ ledger, lives, moody: moodyPids(folder) },
      acceptedBy: accepted.by.bind(accepted),
      acceptances: accepted.history.bind(accepted),
    }
    const audited = audit(evidence, loads)
    const strange = fleet.strange.filter((what) => !isExpectedWarning(what))
    violations.push(...audited.violations, ...strange.map((what) => `the master says: ${what}`))
    const { forks, silences } = fleet
    const { proofs } = audited
    return { seed, tookMs: moment() - startedAt, ledger, loads, proofs, forks, silences, violations }
  } finally {
    process.off('exit', cleanUp)
    cleanUp()
  }
}

/** What is opened once is no leak: at the first connection, or for a slot, whose socket outlives it. */
async function warmUp(fleet: Fleet, rate: number, log: (text: string) => void): Promise<void> {
  const loads = startLoads(fleet, { rate, log, durationMs: WARM_UP_MS })
  const sizes = groups.map(async ({ name, workers }) => {
    await fleet.order({ do: 'scale', group: name, workers: workers + 1 })
    await fleet.order({ do: 'scale', group: name, workers })
  })
  await Promise.all([...sizes, ...loads.map(({ client }) => client.done)])
}

interface RunningLoad {
  readonly group: string
  readonly beganAt: number
  readonly client: LoadClient
}

function startLoads(
  fleet: Fleet,
  { rate, log, durationMs }: { rate: number; log: (text: string) => void; durationMs?: number },
): RunningLoad[] {
  return groups.map(({ name: group }) => {
    const client = new LoadClient({
      target: { port: fleet.ports[group]! },
      rate,
      sources: 50,
      // So few that each is used again soon: none is closed by a worker that finishes before it was asked to be.
      keptConnections: 6,
      timeoutMs: PATIENCE_MS,
      maxUnderWay: UNDER_WAY,
      answered: (pid, waitedMs) => {
        if (waitedMs > LONG_MS) {
          log(
            `${JSON.stringify({ type: 'slow', at: moment(), group, pid, waitedMs: Math.round(waitedMs) })}\n`,
          )
        }
      },
      ...(durationMs !== undefined && { durationMs }),
    })
    return { group, beganAt: moment(), client }
  })
}
