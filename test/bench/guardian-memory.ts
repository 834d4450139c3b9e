import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { web } from '../e2e/guarded.js'
import { fixture } from '../helpers/fixture.js'
import { once } from '../helpers/wait.js'
import { nodeVersion } from './contestants.js'
import { type Memory, memoryOf } from './proc.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'

/** What a guardian costs in memory, beside a bare Node that has the same master for a child. They take turns. */
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    rounds: { type: 'string', default: '5' },
    settle: { type: 'string', default: '2000' },
  },
})

const peer = (name: string) => fileURLToPath(new URL(`./peers/${name}`, import.meta.url))
const program = fileURLToPath(import.meta.resolve('@manifold/health/guardian')).replace(
  'guardian.js',
  'guard-cli.cjs',
)

interface Parent {
  readonly name: string
  readonly script: string
  readonly samples: Memory[]
}

const parents: Parent[] = [
  { name: 'a bare Node', script: peer('bare-parent-cjs.cjs'), samples: [] },
  { name: 'manifold-guard', script: program, samples: [] },
  { name: 'a bare Node, an ES module', script: peer('bare-parent.js'), samples: [] },
  { name: 'guard(), an ES module', script: peer('guarding-parent.js'), samples: [] },
]

const directory = mkdtempSync(path.join(tmpdir(), 'memory-'))
const config = path.join(directory, 'config.json')
writeFileSync(config, JSON.stringify({ groups: { web: web() } }))
try {
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const parent of parents) {
      progress(`round ${round}/${values.rounds}: ${parent.name}`)
      parent.samples.push(await sample(parent.script))
    }
  }
} finally {
  rmSync(directory, { recursive: true })
}
progress()
console.log(
  `Node ${nodeVersion(values.node)}, ${values.rounds} rounds; medians and min–max, beside them what is more than a bare Node has; MiB\n`,
)
console.log(table(['', 'PSS', 'range', 'more', 'own', 'range', 'more', 'RSS'], parents.map(row)))

async function sample(script: string): Promise<Memory> {
  const child = spawn(values.node, [script, fixture('guarded/master')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GUARDED_CONFIG: config },
  })
  await serving(child)
  await new Promise((resolve) => setTimeout(resolve, Number(values.settle)))
  const memory = memoryOf(child.pid!)
  const ended = once(child, 'exit', { timeoutMs: 60_000 })
  child.kill('SIGTERM')
  await ended
  return memory
}

/** Resolves when its master says that all its groups are ready. */
async function serving({ stdout }: ChildProcess): Promise<void> {
  const lines = createInterface(stdout!)
  await once<[string]>(lines, 'line', {
    timeoutMs: 60_000,
    filter: (line) => line.includes('"settled":true'),
  })
}

function row({ name, samples }: Parent): string[] {
  const of = (key: keyof Memory) => samples.map((memory) => memory[key])
  const bare = (key: keyof Memory) => median(parents[0]!.samples.map((memory) => memory[key]))
  const columns = (key: keyof Memory) => {
    const all = of(key)
    return [median(all).toFixed(1), range(all, 1), (median(all) - bare(key)).toFixed(1)]
  }
  return [name, ...columns('pssMiB'), ...columns('ownMiB'), median(of('rssMiB')).toFixed(1)]
}
