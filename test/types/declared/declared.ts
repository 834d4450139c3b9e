// Compiled, not run. What an application declares holds for a whole program, hence a project of its own.

import type { Caller } from '@manifold/core/worker'
import { worker } from '@manifold/core/worker'
import { Master, type MasterStatus } from '@manifold/groups'

declare module '@manifold/core/worker' {
  interface Requests {
    store: {
      total(question: { key: string }): number
      list(limit?: number): Promise<readonly string[]>
      clear(): void
    }
    web: { render(page: { path: string }): string }
    master: { status(): MasterStatus; rename(name: string): boolean }
  }
  interface Broadcasts {
    config: { level: string }
    flush: undefined
  }
  interface Sockets {
    http: unknown
    https: unknown
  }
}

const master = new Master({
  groups: { web: { exec: './web.js', listen: { http: 8080, https: 8443 } }, store: './store.js' },
})

export async function insideWorker(signal: AbortSignal): Promise<void> {
  const total: number = await worker.call('store', 'total', { key: 'hits' }, { timeoutMs: 500, signal })
  const list: readonly string[] = await worker.call('store', 'list')
  await worker.call('store', 'list', total, { retry: true, key: 'a', via: 'master' })
  await worker.call('store', 'clear', undefined, { slot: 1 })
  const status: MasterStatus = await worker.call('master', 'status')
  console.log(list, status)

  // @ts-expect-error there is no such group
  await worker.call('stroe', 'total', { key: 'hits' })
  // @ts-expect-error it answers no such request
  await worker.call('store', 'render', { path: '/' })
  // @ts-expect-error a payload of another shape
  await worker.call('store', 'total', { name: 'hits' })
  // @ts-expect-error a payload is needed
  await worker.call('store', 'total')
  // @ts-expect-error no payload is wanted
  await worker.call('store', 'clear', 7)
  // @ts-expect-error the answer is a number
  const text: string = await worker.call('store', 'total', { key: 'hits' })
  // @ts-expect-error there is no such limit
  await worker.call('store', 'clear', undefined, { timeout: 1 })
  console.log(text)

  worker.handle('total', ({ key }, { from, signal }) => {
    const caller: Caller = from
    return signal.aborted ? 0 : key.length + caller.slot
  })
  worker.handle('render', async ({ path }) => path)
  worker.handle('clear', () => {})
  // @ts-expect-error nobody asks for that
  worker.handle('totals', () => 1)
  // @ts-expect-error that is for the master to answer
  worker.handle('status', () => 1)
  // @ts-expect-error the answer is to be a number
  worker.handle('total', () => 'many')
  // @ts-expect-error a payload of another shape
  worker.handle('render', ({ file }: { file: string }) => file)

  const unsubscribe: () => void = worker.subscribe('config', ({ level }) => console.log(level.length))
  unsubscribe()
  // @ts-expect-error there is no such broadcast
  worker.subscribe('confg', () => {})
  // @ts-expect-error a payload of another shape
  worker.subscribe('config', (payload: number) => console.log(payload))

  worker.socket('http')
  // @ts-expect-error there is no such socket
  worker.socket('htp')
}

export async function insideMaster(): Promise<void> {
  const store = master.group('store')
  const total: number = await store.call('total', { key: 'hits' }, { key: 'hits' })
  const page: string = await master.group('web').call('render', { path: '/' })
  console.log(total, page)
  // @ts-expect-error the group answers no such request
  await store.call('render', { path: '/' })
  // @ts-expect-error a payload of another shape
  await store.call('total', { name: 'hits' })
  // @ts-expect-error only a worker can choose the way
  await store.call('clear', undefined, { via: 'link' })
  // Of a group whose name is not known, all that groups answer.
  for (const group of master.groups) await group.call('render', { path: '/' })
  // @ts-expect-error no group answers that
  for (const group of master.groups) await group.call('rename', 'a')

  master.handle('status', () => master.status())
  master.handle('rename', async (name, { slot }) => name.length > slot)
  // @ts-expect-error nobody asks the master for that
  master.handle('total', () => 1)
  // @ts-expect-error the answer is to be a boolean
  master.handle('rename', () => 1)

  const { sent, skipped }: { sent: number; skipped: number } = master.broadcast('config', { level: 'debug' })
  master.group('web').broadcast('flush')
  console.log(sent, skipped)
  // @ts-expect-error there is no such broadcast
  master.broadcast('confg', { level: 'debug' })
  // @ts-expect-error a payload of another shape
  store.broadcast('config', { level: 1 })
  // @ts-expect-error a payload is needed
  store.broadcast('config')
}
