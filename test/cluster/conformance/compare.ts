import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { differenceOf } from '../differences.js'
import { lineDiff } from '../line-diff.js'
import { findPrograms, isForThisNode, nodeLine, type Program } from '../program.js'
import { runProgram } from '../run-program.js'

/** The programs, by parts that are run side by side. */
export const parts = {
  starting: ['module', 'settings', 'fork', 'process', 'stdio', 'serialization', 'inspect', 'misuse'],
  living: ['events', 'messages', 'handles', 'async', 'connections', 'scheduling', 'web', 'tls', 'udp'],
  ending: ['disconnect', 'kill-exit', 'primary-gone', 'signals', 'close'],
  listening: [
    ...['listen-again', 'listen-errors', 'listen-fd', 'listen-options', 'listen-port-0'],
    ...['listen-shared', 'listen-tcp', 'listen-unix'],
  ],
}

/** Every program runs twice, under `node:cluster` and under `@manifold/groups/cluster`: what it observes is the same. */
export function compareUnderBoth(topics: readonly string[]): void {
  describe('under both modules', { concurrency: 2 }, () => {
    for (const program of findPrograms(topics.map((topic) => `${topic}/`))) {
      const skip = isForThisNode(program) ? false : `needs Node ${program.needsNode}`
      test(program.name, { skip }, () => compare(program))
    }
  })
}

async function compare(program: Program): Promise<void> {
  const [expected, got] = await Promise.all([
    runProgram(program, 'node:cluster'),
    runProgram(program, '@manifold/groups/cluster'),
  ])
  assert.ok(expected.includes(`ends with ${program.endsWith}`), `under node:cluster:\n${expected.join('\n')}`)
  const diff = lineDiff(expected, got)
  const { without, instead } = differenceOf(program.name, nodeLine) ?? { without: [], instead: [] }
  const same = matchInOrder(diff, '- ', without) && matchInOrder(diff, '+ ', instead)
  assert.ok(same, `- node:cluster, + @manifold/groups/cluster\n${diff.join('\n')}`)
}

/** Whether the marked lines of a diff are as many as the patterns, and each matches its own. */
function matchInOrder(diff: readonly string[], mark: string, patterns: readonly RegExp[]): boolean {
  const lines = diff.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length))
  return lines.length === patterns.length && lines.every((line, index) => patterns[index]!.test(line))
}
