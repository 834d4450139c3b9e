import { randomInt } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { progress } from '../bench/progress.js'
import { type KindName, kindNames } from './kinds.js'
import { format } from './report.js'
import { chaos } from './run.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
    faults: { type: 'string', default: '100' },
    only: { type: 'string', default: kindNames.join(',') },
    rate: { type: 'string', default: '40' },
    unguarded: { type: 'boolean', default: false },
    node: { type: 'string', default: process.execPath },
    log: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const help = `pnpm chaos [--seed N] [--faults N] [--only KIND,…] [--rate N] [--unguarded] [--node PATH] [--log FILE]

Random faults, determined by the seed, in five groups of different policies, under load; the master is killed, stopped and
upgraded as well. In the end everything must
be as before, and no request have failed but inside a process that died: otherwise it says what is wrong, and ends
with code 1. A thousand faults take about five minutes: delays and heartbeats are set far shorter than by default.

--seed    a whole number up to 4294967295; by default one by chance, which is printed
--faults  how many; 100 by default. Reloads and changes of size come on top
--only    of these kinds, with commas between: ${kindNames.map((kind) => `'${kind}'`).join(', ')}
--rate    requests per second to each group; 40 by default
--unguarded  no guardian, and nothing happens to the master
--node    runs the master and the workers
--log     where all that happens is written, and what the workers write on stderr`

// A signal must run the 'exit' listeners.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

if (values.help) console.log(help)
else await main()

async function main(): Promise<void> {
  const seed = whole('seed', values.seed, 0, 2 ** 32 - 1)
  const faults = whole('faults', values.faults, 1, 1_000_000)
  const rate = whole('rate', values.rate, 1, 10_000)
  // First, for whatever happens.
  console.log(`seed ${seed}`)
  const { node } = values
  const report = await chaos({
    seed,
    faults,
    rate,
    guarded: !values.unguarded,
    node,
    only: kindsOf(values.only),
    progress,
    log: logTo(values.log),
  })
  console.log(format(report))
  if (report.violations.length > 0) process.exitCode = 1
}

function logTo(file: string | undefined): (text: string) => void {
  if (file === undefined) return () => {}
  writeFileSync(file, '')
  return (text) => appendFileSync(file, text)
}

function whole(name: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isInteger(number) && number >= least && number <= most) return number
  throw new Error(`--${name}: a whole number from ${least} to ${most}, not ${text}`)
}

function kindsOf(list: string): KindName[] {
  return list.split(',').map((given) => {
    const kind = kindNames.find((name) => name === given.trim())
    if (kind === undefined) throw new Error(`--only: no kind '${given}'; there are ${kindNames.join(', ')}`)
    return kind
  })
}
