import type { TestContext } from 'node:test'
import { type GroupOptions, Master, type MasterEvents, type Worker } from '@manifold/groups'
import { fixture } from '../../helpers/fixture.js'
import { once } from '../../helpers/wait.js'

export interface Who {
  readonly id: number
  readonly slot: number
  readonly pid: number
  readonly from: { group: string; slot: number; id: number }
}

export const messenger: GroupOptions = {
  exec: fixture('workers/messenger'),
  ready: 'manual',
  drainTimeoutMs: 10_000,
}

/** Groups of workers that call each other as they are told. They are stopped when the test is over. */
export async function startMessengers(
  t: TestContext,
  groups: Readonly<Record<string, Partial<GroupOptions>>>,
): Promise<Master> {
  const options = Object.entries(groups).map(([name, group]) => [name, { ...messenger, ...group }])
  const master = new Master({ groups: Object.fromEntries(options) as Record<string, GroupOptions> })
  t.after(() => master.stop())
  await master.start()
  return master
}

/** What a worker of `group` gets for a call of its own. */
export function ask(master: Master, group: string, ...call: unknown[]): Promise<unknown> {
  return master.group(group).call('ask', call, { timeoutMs: 60_000 })
}

/** The next thing that some worker says which has `key`. */
export async function says<Said>(master: Master, key: string): Promise<Said> {
  const [, said] = await once<MasterEvents['message']>(master, 'message', {
    filter: (_worker, message) => typeof message === 'object' && message !== null && key in message,
  })
  return said as Said
}

/** Kills a worker, and fills its slot again once that is vacant. */
export async function replaceByForce(master: Master, worker: Worker): Promise<void> {
  const vacant = once(master, 'vacant')
  process.kill(worker.pid!, 'SIGKILL')
  await vacant
  await master.group(worker.group).fill(worker.slot)
}
