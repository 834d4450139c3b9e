// Runs programs again and again with one module, and tells those whose observations are not the same every time.
//   node test/dist/cluster/steady.js [--under=node:cluster] [--times=10] [--jobs=4] [--print] [part of a name …]

import { parseArgs } from 'node:util'
import { lineDiff } from './line-diff.js'
import { findPrograms, isForThisNode, type Program } from './program.js'
import { runProgram } from './run-program.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    under: { type: 'string', default: 'node:cluster' },
    times: { type: 'string', default: '10' },
    jobs: { type: 'string', default: '4' },
    print: { type: 'boolean', default: false },
  },
})

const queue = findPrograms(positionals).filter(isForThisNode)
const total = queue.length
let bad = 0

async function work(): Promise<void> {
  for (let program = queue.shift(); program !== undefined; program = queue.shift()) await judge(program)
}

async function judge(program: Program): Promise<void> {
  let first: string[] | undefined
  let slowestMs = 0
  for (let run = 1; run <= Number(values.times); run++) {
    const began = performance.now()
    const observed = await runProgram(program, values.under)
    slowestMs = Math.max(slowestMs, performance.now() - began)
    if (!observed.includes(`ends with ${program.endsWith}`))
      return complain(program, 'ends otherwise', observed)
    first ??= observed
    if (first.join('\n') !== observed.join('\n')) {
      return complain(program, `differs in run ${run}`, lineDiff(first, observed))
    }
  }
  const slow = slowestMs > 2_500 ? `, up to ${Math.round(slowestMs)} ms` : ''
  if (values.print) console.log(`\n== ${program.name}${slow}\n${first?.join('\n')}`)
  else if (slow !== '') console.log(`slow: ${program.name}${slow}`)
}

function complain({ name }: Program, what: string, lines: readonly string[]): void {
  bad++
  console.log(`\nBAD ${name}: ${what}\n${lines.join('\n')}`)
}

await Promise.all(Array.from({ length: Number(values.jobs) }, work))
console.log(`${total - bad} steady, ${bad} not, on Node ${process.version}`)
if (bad > 0) process.exitCode = 1
