/** Runs programs of `fixtures/listen` under bare Node and in a worker, to compare what they observe. */

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { canReusePort } from '@manifold/core/internal'
import { Master, type PolicyName } from '@manifold/groups'
import type { Given } from '../../fixtures/listen/program.js'
import type { Order } from '../../fixtures/listen/runner.js'
import { tables } from '../../fixtures/listen/tables.js'
import { certificateEnv } from '../../helpers/certificate.js'
import { freePort, type TakenPort, takePort } from '../../helpers/free-port.js'
import { once } from '../../helpers/wait.js'

export type Policy = Exclude<PolicyName, 'auto'>

/** Those that differ on this Node: before 22.12 `kernel` comes down to `shared`. */
export const policies: readonly Policy[] = canReusePort
  ? ['kernel', 'shared', 'round-robin']
  : ['shared', 'round-robin']

export function listenFixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/listen/${name}`, import.meta.url))
}

type Ran = Order & { readonly lines: string[] }

/** A process that runs one program after the other. */
interface Host {
  run(order: Order): Promise<string[]>
  close(): Promise<unknown>
}

async function bareNode(): Promise<Host> {
  const child = fork(listenFixture('runner.js'), { env: { ...process.env, ...(await certificateEnv()) } })
  return {
    async run(order) {
      child.send(order)
      const [{ lines }] = await once<[Ran]>(child, 'message')
      return lines
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

async function groupOf(policy: Policy): Promise<Host> {
  const exec = listenFixture('runner.js')
  const master = new Master({
    groups: { runner: { exec, policy, ready: 'online', drainTimeoutMs: 500, env: await certificateEnv() } },
  })
  await master.start()
  return {
    async run(order) {
      for (const worker of master.group('runner').workers) worker.send(order)
      const [, { lines }] = await once<[unknown, Ran]>(master, 'message')
      return lines
    },
    close: () => master.stop(),
  }
}

interface Comparison {
  readonly policies?: readonly Policy[]
  /** What a worker observes where it cannot be the same, by program. */
  readonly except?: Readonly<Record<string, (bare: string[]) => string[]>>
}

/** Has every program of the table observe the same in a worker, under each policy, as under bare Node. */
export function sameAsBareNode(
  table: keyof typeof tables,
  { policies: under = policies, except = {} }: Comparison = {},
) {
  describe(`in a worker as under bare Node: ${table}`, () => {
    const hosts = new Map<string, Host>()
    const directory = mkdtempSync(path.join(tmpdir(), 'manifold-listen-'))
    let taken: TakenPort
    let runs = 0

    before(async () => {
      taken = await takePort()
      hosts.set('bare Node', await bareNode())
      for (const policy of under) hosts.set(policy, await groupOf(policy))
    })
    after(async () => {
      await Promise.all([...hosts.values()].map((host) => host.close()))
      await taken.release()
      rmSync(directory, { recursive: true })
    })

    const run = async (host: string, program: string) => {
      const given: Given = {
        port: await freePort(),
        otherPort: await freePort(),
        takenPort: taken.port,
        directory: mkdtempSync(path.join(directory, `${++runs}-`)),
      }
      return hosts.get(host)!.run({ table, program, given })
    }

    for (const program of Object.keys(tables[table])) {
      it(program, async () => {
        const bare = await run('bare Node', program)
        const expected = except[program]?.(bare) ?? bare
        for (const policy of under) assert.deepEqual(await run(policy, program), expected, policy)
      })
    }
  })
}
