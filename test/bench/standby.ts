import { parseArgs } from 'node:util'
import { Master, type MasterEvents, type Worker } from '@manifold/groups'
import { once, until } from '../helpers/wait.js'
import { median, range, table } from './statistics.js'

/**
 * From the SIGKILL of one worker of two to full strength, with a worker that stands by and without, and for a program that
 * takes a second to load. Whoever fills the slot does so at once.
 */
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '10' }, loads: { type: 'string', default: '0,1000' } },
})

const rows: string[][] = []
for (const loadMs of values.loads.split(',')) {
  for (const standby of [0, 1]) {
    const samples = await observe(loadMs, standby)
    rows.push([`${loadMs} ms to load`, String(standby), median(samples).toFixed(1), range(samples, 1)])
  }
}
console.log(`Node ${process.versions.node}, ${values.kills} kills`)
console.log(table(['program', 'standby', 'median, ms', 'range'], rows))

async function observe(loadMs: string, standby: number): Promise<number[]> {
  const exec = new URL('../fixtures/services/tells-slot.js', import.meta.url)
  const listen = { http: { port: 0, host: '127.0.0.1' } }
  await using master = new Master({
    groups: { web: { exec, workers: 2, standby, listen, env: { LOAD_MS: loadMs } } },
  })
  const group = master.group('web')
  await master.start()
  master.on('vacant', ({ slot }) => void group.fill(slot))
  const samples: number[] = []
  for (let kill = 0; kill < Number(values.kills); kill++) {
    await until(() => group.status().standby.filter(({ state }) => state === 'waiting').length === standby, {
      what: 'a worker that stands by',
    })
    const slot = kill % 2
    const worker = group.workers.find((one: Worker) => one.slot === slot && one.state === 'ready')!
    const ready = once<MasterEvents['ready']>(master, 'ready', { timeoutMs: 60_000 })
    const killedAt = performance.now()
    worker.kill('SIGKILL')
    await ready
    samples.push(performance.now() - killedAt)
  }
  return samples
}
