/**
 * Makes an event log readable for people: one aligned line for each event.
 *
 *   node dist/format.js [--stacks] [file…]     without files: what comes on stdin
 *
 * `tail -F events.jsonl | node dist/format.js` follows a log. Colours are for terminals; NO_COLOR switches them off.
 */

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import { linesOf } from './line.js'

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      stacks: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowPositionals: true,
  })
  if (values.help) return print('Usage: node dist/format.js [--stacks] [file…]')
  const { NO_COLOR = '' } = process.env
  const options = { stacks: values.stacks, colours: process.stdout.isTTY === true && NO_COLOR === '' }
  for (const input of inputs(positionals)) {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      for (const formatted of linesOf(line, options)) print(formatted)
    }
  }
}

function* inputs(files: readonly string[]): Generator<Readable> {
  if (files.length === 0) yield process.stdin
  for (const file of files) yield createReadStream(file, 'utf8')
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

// Whoever reads may have seen enough: `… | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

try {
  await main()
} catch (error) {
  process.exitCode = 1
  console.error(`format: ${(error as Error).message}`)
}
