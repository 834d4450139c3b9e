// Runs the compiled tests with the Node that runs this file.
//   node test/dist/tools/run-tests.js [part of a file's path …] [--flag=of node --test …]
// It fails when a test fails, when a process gives a warning, when a process is left behind, and when nothing ran.

import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { LeftBehind } from './left-behind.js'
import { concurrency, fileTimeoutMs, graceMs } from './limits.js'
import { dist, source, testFileName } from './paths.js'
import { runEnvironment } from './run-mark.js'

/** Compiled tests, as paths in `test/dist`. Those whose source is gone were left there by an earlier build. */
function testFiles(): string[] {
  const names = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  return names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.test.js') && existsSync(join(source, name.replace(/\.js$/, '.ts'))))
    .sort()
}

function runnerArguments(files: readonly string[], flags: readonly string[]): string[] {
  const url = (name: string) => new URL(name, import.meta.url).href
  return [
    `--import=${url('./fail-on-warning.js')}`,
    '--test',
    `--test-concurrency=${concurrency}`,
    // A second bound, behind the one that each test file sets itself and that says more.
    `--test-timeout=${fileTimeoutMs + graceMs}`,
    `--test-reporter=${url('./quiet-reporter.js')}`,
    ...flags,
    ...files.map((file) => join(dist, file)),
  ]
}

async function runTests(files: readonly string[], flags: readonly string[]): Promise<void> {
  const run = randomUUID()
  const leftBehind = new LeftBehind(run)
  const { NODE_TEST_CONTEXT: _whenRunByATest, NODE_NO_WARNINGS: _hidesThem, ...env } = process.env
  const runner = spawn(process.execPath, runnerArguments(files, flags), {
    cwd: dirname(source),
    env: { ...env, ...runEnvironment(run) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<number | null>((resolve) => runner.once('exit', resolve))
  const watch = setInterval(() => leftBehind.look(), 1_000)

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      leftBehind.killAll()
      runner.kill('SIGKILL')
      process.kill(process.pid, signal) // this time with nobody listening
    })
  }

  // The counts are the last line of a complete report.
  let counts: RegExpExecArray | null = null
  for await (const line of createInterface({ input: runner.stdout })) {
    counts = /^(\d+) passed, (\d+) failed$/.exec(line)
    if (counts === null) console.log(line)
  }
  const code = await exited
  clearInterval(watch)

  const left = await leftBehind.settle()
  for (const { pid, command, file } of left) {
    console.log(
      `\nFAIL ${file === undefined ? 'some test file' : testFileName(file)}\n  It left a process behind: ${pid}, ${command}`,
    )
  }
  const passed = Number(counts?.[1] ?? 0)
  const failed = Number(counts?.[2] ?? 0) + left.length
  if (counts === null) finish(passed, failed + 1, `The test runner ended with ${code} before it was done.`)
  else if (failed === 0 && code !== 0) finish(passed, 1, `No test failed, but the runner ended with ${code}.`)
  else if (passed + failed === 0) finish(0, 1, 'No test ran.')
  else finish(passed, failed)
}

function finish(passed: number, failed: number, complaint?: string): void {
  if (complaint !== undefined) console.log(`\nFAIL ${complaint}`)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'))
// `test/core/channel.test.ts`, as a shell completes it, is good for `core/channel`.
const parts = process.argv
  .slice(2)
  .filter((argument) => !argument.startsWith('-'))
  .map((argument) => argument.replace(/^(?:\.\/)?test\/(?:dist\/)?/, '').replace(/(?:\.test)?\.[jt]s$/, ''))
const files = testFiles().filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))

if (files.length > 0) await runTests(files, flags)
else finish(0, 1, `No test file matches ${parts.join(' ') || 'test/**/*.test.ts'}.`)
