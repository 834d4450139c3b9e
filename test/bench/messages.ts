import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Master } from '@manifold/groups'
import type { Load, Measured } from './apps/messages.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'

/**
 * What a request from worker to worker costs: straight, by the link between the two, or through the master. One worker
 * asks, another sends back what it got. The ways take turns.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, ms: { type: 'string', default: '1000' } },
})

const loads = [
  { name: '20 bytes, one at a time', bytes: 20, atATime: 1 },
  { name: '20 bytes, 50 at a time', bytes: 20, atATime: 50 },
  { name: '1 MB, one at a time', bytes: 1_000_000, atATime: 1 },
]
const entries = (['json', 'advanced'] as const).flatMap((serialization) =>
  loads.flatMap((load) =>
    (['link', 'master'] as const).map((via) => ({ serialization, load, via, measured: [] as Measured[] })),
  ),
)

for (let round = 1; round <= Number(values.rounds); round++) {
  for (const serialization of ['json', 'advanced'] as const) {
    progress(`round ${round}/${values.rounds}: ${serialization}`)
    const group = {
      exec: fileURLToPath(new URL('./apps/messages.js', import.meta.url)),
      ready: 'manual',
      serialization,
    } as const
    await using master = new Master({ groups: { web: group, store: group } })
    await master.start()
    for (const { load, via, measured } of entries.filter((entry) => entry.serialization === serialization)) {
      const { bytes, atATime } = load
      const question: Load = { via, bytes, atATime, forMs: Number(values.ms) }
      measured.push((await master.group('web').call('measure', question)) as Measured)
    }
  }
}
progress()
console.log(`Node ${process.version}, ${values.rounds} rounds of ${values.ms} ms; medians, then min–max\n`)
const rows = entries.map(({ serialization, load, via, measured }) => {
  const rates = measured.map(({ perSecond }) => perSecond)
  const times = measured.map(({ medianMs }) => medianMs)
  return [
    `${serialization}, ${load.name}, by ${via}`,
    ...[median(rates).toFixed(0), range(rates), median(times).toFixed(3), range(times, 3)],
  ]
})
console.log(table(['', 'round trips/s', '', 'median ms', ''], rows))
