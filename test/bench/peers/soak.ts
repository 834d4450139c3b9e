import { writeFileSync } from 'node:fs'
import { formatExit } from '@manifold/core'
import { Master } from '@manifold/groups'
import { supervise } from '@manifold/health'
import { policyOf } from './policy-of.js'

/** What the soak's master is told in its first argument. */
export interface SoakSettings {
  app: string
  /** As `policyOf` has them. */
  policy: string
  workers: number
  drainTimeoutMs: number
  keepAliveGraceMs: number
  /** How long a successor that never listens is waited for. */
  readyTimeoutMs: number
  /** The file that tells workers whether to come up. */
  moodFile: string
}

export type SoakOrder =
  | { do: 'reload' }
  | { do: 'scale'; workers: number }
  /** A reload whose first successor does not come up. */
  | { do: 'abort'; mood: 'dies' | 'never listens' | 'other release dies' }

export type SoakNews =
  | { type: 'started'; http: number; h2c: number }
  | { type: 'forked'; pid: number }
  /** Something that no order explains: a worker that died, a successor that failed. */
  | { type: 'strange'; what: string }
  /** A worker had to end connections at its deadline. Whether anybody has lost something its clients know. */
  | { type: 'cut'; connections: number }
  | { type: 'done'; error?: string }

const { app, moodFile, policy, ...group } = JSON.parse(process.argv[2]!) as SoakSettings

function tell(news: SoakNews): void {
  if (process.connected) process.send!(news)
}

const host = '127.0.0.1'
const master = new Master({
  groups: {
    web: {
      exec: app,
      listen: { http: { port: 0, host }, h2c: { port: 0, host } },
      env: { MOOD: moodFile },
      // The successors that are to fail say why; here nobody reads it.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      ...group,
      policy: policyOf(policy),
    },
  },
})
supervise(master, { restart: { minDelayMs: 100, maxDelayMs: 200 } })

/** A program that ends at once, with the code of its argument. */
const doomedRelease = new URL('../../fixtures/workers/exit-at-start.js', import.meta.url)

/** Those that were not meant to come up. */
const doomed = new Set<number>()
let aborting = false
master.on('fork', ({ id, pid }) => {
  if (aborting) doomed.add(id)
  tell({ type: 'forked', pid: pid! })
})
master.on('exit', (worker, reason) => {
  const well = reason.type === 'exited' && reason.code === 0
  if (!well && !doomed.delete(worker.id)) tell({ type: 'strange', what: `worker: ${formatExit(reason)}` })
  if (worker.destroyedConnections > 0) tell({ type: 'cut', connections: worker.destroyedConnections })
})
master.on('failed', (_worker, { code }) => tell({ type: 'strange', what: `failed: ${code}` }))

process.on('message', (order: SoakOrder) => {
  obey(order).then(
    () => tell({ type: 'done' }),
    (error: unknown) => tell({ type: 'done', error: String(error) }),
  )
})
process.once('disconnect', () => void master.stop())

writeFileSync(moodFile, 'well')
await master.start()
tell({ type: 'started', http: portOf('http'), h2c: portOf('h2c') })

async function obey(order: SoakOrder): Promise<void> {
  const web = master.group('web')
  const before = serving()
  if (order.do === 'reload') {
    await web.reload()
    const same = serving().filter((pid) => before.includes(pid))
    if (same.length > 0) throw new Error(`${same.length} workers outlived the reload`)
    if (serving().length !== before.length) throw new Error(`${serving().length} workers after the reload`)
  } else if (order.do === 'scale') {
    await web.scale(order.workers)
    if (serving().length !== order.workers) throw new Error(`${serving().length} workers serve`)
  } else {
    const other = order.mood === 'other release dies'
    if (!other) writeFileSync(moodFile, order.mood)
    aborting = true
    const expected = order.mood === 'never listens' ? 'ERR_MANIFOLD_READY_TIMEOUT' : 'ERR_MANIFOLD_START'
    const code = await web.reload(other ? { exec: doomedRelease, args: ['3'] } : {}).then(
      () => 'no error',
      (error: { code?: string }) => error.code,
    )
    writeFileSync(moodFile, 'well')
    aborting = false
    if (code !== expected) throw new Error(`${code} where ${expected} was to be`)
    const lost = before.filter((pid) => !serving().includes(pid))
    if (lost.length > 0) throw new Error(`${lost.length} workers did not survive the aborted reload`)
  }
}

function serving(): (number | undefined)[] {
  const slots = master.status().groups.web!.slots
  return slots.flatMap(({ state, worker }) => (state === 'serving' ? [worker?.pid ?? undefined] : []))
}

function portOf(name: string): number {
  const address = master.status().groups.web!.sockets[name]?.address
  if (address === undefined || !('port' in address)) throw new Error(`no socket ${name}`)
  return address.port
}
