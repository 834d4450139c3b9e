import { readdirSync, readFileSync } from 'node:fs'
import type { MasterStatus } from '@manifold/groups'
import { childrenOf, isAlive, type Snapshot, snapshot } from '../helpers/leaks.js'
import { until } from '../helpers/wait.js'
import type { Fleet } from './fleet.js'
import { groups } from './groups.js'
import { foreignFiles } from './places.js'

/** How long what is left over may take to go. */
const SETTLE_MS = 15_000
/** Workers drain, then the process ends by itself: no timer, no socket keeps it. */
const END_MS = 15_000

/** How many processes a group has when nothing is wrong. */
function processesOf({ workers, options: { standby = 0 } }: (typeof groups)[number]): number {
  return workers + standby
}

export const allProcesses = groups.reduce((sum, group) => sum + processesOf(group), 0)

/** Waits until each slot is served, by one worker, and nobody else is there; says what is not so. */
export async function fullStrength(fleet: Fleet): Promise<string[]> {
  let wrong: string[] = []
  await settle(async () => {
    const status = await fleet.order({ do: 'status' })
    wrong = [...notServing(status!), ...processes(fleet.pid)]
    return wrong.length === 0
  })
  return wrong
}

/** Waits until the master has no descriptor more than before; says which it has. */
export async function descriptors(before: Snapshot): Promise<string[]> {
  let more: string[] = []
  await settle(() => {
    const now = snapshot(before.pid).descriptors
    more = [...now].flatMap(([kind, count]) => {
      const surplus = count - (before.descriptors.get(kind) ?? 0)
      return surplus > 0 ? [`the master has ${surplus} more of the descriptors ${kind}`] : []
    })
    return more.length === 0
  })
  return more
}

/** Stops the master. Its process must end by itself, well, and leave nobody and nothing behind. */
export async function afterStop(fleet: Fleet, folder: string): Promise<string[]> {
  const wrong: string[] = []
  try {
    const end = await fleet.stop(END_MS)
    if (end !== '0') wrong.push(`the master ended with ${end}\n${fleet.stderr}`)
  } catch (error) {
    wrong.push(`the master did not stop: ${(error as Error).message}`)
  }
  let left: number[] = []
  await settle(() => {
    left = [...fleet.lives.keys()].filter(isAlive)
    return left.length === 0
  })
  if (left.length > 0) wrong.push(`processes outlived the master: ${left.join(', ')}`)
  const files = foreignFiles(folder)
  if (files.length > 0) wrong.push(`files were left behind: ${files.join(', ')}`)
  return wrong
}

function notServing(status: MasterStatus): string[] {
  return groups.flatMap(({ name, workers }) => {
    const slots = status.groups[name]?.slots ?? []
    const bad = slots.filter(({ state, retiring }) => state !== 'serving' || retiring.length > 0)
    return [
      ...(slots.length === workers ? [] : [`${name} has ${slots.length} slots instead of ${workers}`]),
      ...bad.map((slot) => `a slot of ${name} is not as it should be: ${JSON.stringify(slot)}`),
    ]
  })
}

/** A child that is dead but has not been waited for counts as well. */
function processes(pid: number): string[] {
  const wrong: string[] = []
  const descendants = childrenOf(pid)
  if (descendants.length !== allProcesses) {
    wrong.push(`the master has ${descendants.length} descendants instead of ${allProcesses}`)
  }
  const threads = readdirSync(`/proc/${pid}/task`)
  const children = threads.flatMap((thread) => {
    return readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean)
  })
  const unburied = children.length - descendants.filter(({ parent }) => parent === pid).length
  if (unburied > 0) wrong.push(`the master has ${unburied} dead children`)
  return wrong
}

/** Looks until all is well, or for so long; then what is wrong stays wrong. */
async function settle(isWell: () => boolean | Promise<boolean>): Promise<void> {
  await until(isWell, { what: 'rest', timeoutMs: SETTLE_MS, intervalMs: 100 }).catch(() => {})
}
