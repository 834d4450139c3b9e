import { fileURLToPath } from 'node:url'
import { Master } from '@manifold/groups'
import { supervise } from '@manifold/health'

export interface NeighbourSettings {
  readonly workers: number
  /** How many slots of the other group crash. */
  readonly crashing: number
}

export type NeighbourOrder = { readonly do: 'add' | 'remove' }
export type NeighbourNews =
  | { readonly type: 'started'; readonly port: number }
  | { readonly type: 'done' }
  | { readonly type: 'crashed' }

/** A healthy group, and on demand one beside it whose application dies after 50 ms; all with the defaults. */
const { workers, crashing } = JSON.parse(process.argv[2]!) as NeighbourSettings
const app = (name: string) => fileURLToPath(new URL(`../apps/${name}.js`, import.meta.url))

const tell = (news: NeighbourNews) => {
  if (process.connected) process.send!(news)
}

const listen = { http: { port: 0, host: '127.0.0.1' } }
const master = new Master({ groups: { web: { exec: app('counting'), env: { PORT: '0' }, workers, listen } } })
supervise(master)
master.on('exit', ({ group }) => {
  if (group === 'crashing') tell({ type: 'crashed' })
})
process.once('disconnect', () => void master.stop())
process.on('message', async (order: NeighbourOrder) => {
  if (order.do === 'remove') await master.removeGroup('crashing')
  else {
    await master.addGroup('crashing', {
      exec: app('crashing'),
      workers: crashing,
      ready: 'online',
      // What they die of is known.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
  }
  tell({ type: 'done' })
})
await master.start()
const address = master.group('web').address('http')
tell({ type: 'started', port: 'port' in address ? address.port : 0 })
