import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const onlyWithProc = { skip: process.platform !== 'linux' && 'processes are found in /proc' }

interface Result {
  readonly code: number | null
  readonly output: string
}

/** Runs the tools, as compiled, on a suite of its own: `files` maps names in `test/dist` to their text. */
async function runSuite(t: TestContext, files: Record<string, string>, ...args: string[]): Promise<Result> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'manifold-suite-')))
  t.after(() => rm(root, { recursive: true, force: true }))
  const dist = join(root, 'test', 'dist')
  await cp(dirname(fileURLToPath(import.meta.url)), join(dist, 'tools'), {
    recursive: true,
    filter: (path) => !path.includes('.test.'),
  })
  await writeFile(join(root, 'package.json'), '{"type":"module"}')
  for (const [name, text] of Object.entries(files)) {
    await write(join(dist, name), text)
    if (name !== 'stale.test.js') await write(join(root, 'test', name.replace(/\.js$/, '.ts')), '')
  }
  return execute(join(dist, 'tools', 'run-tests.js'), args)
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

/** Whether a process that was killed is gone, or dead with nobody to reap it. */
async function isGone(pid: string | undefined): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return command === ''
}

function execute(script: string, args: string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

const passing = `import { test } from 'node:test'; test('works', () => {}); test('works too', () => {})`
const limits = (fileTimeoutMs: number, graceMs: number) => ({
  'tools/limits.js': `export const fileTimeoutMs = ${fileTimeoutMs}, graceMs = ${graceMs}, concurrency = 2, goneWithinMs = 300`,
})

describe('run-tests', { concurrency: 2 }, () => {
  test('says nothing but the counts when all is well', async (t) => {
    const { code, output } = await runSuite(t, { 'a.test.js': passing, 'b.test.js': passing })
    assert.equal(output, '4 passed, 0 failed\n')
    assert.equal(code, 0)
  })

  test('shows of a failure the file, the names around it, the error, its stack and the output', async (t) => {
    const text = `
      import { describe, test } from 'node:test'
      describe('outer', () => {
        test('parent', async (t) => {
          console.log('a line of output')
          await t.test('child', () => { throw new RangeError('too far') })
        })
        test('works', () => {})
      })`
    const { code, output } = await runSuite(t, { 'core/bad.test.js': text, 'good.test.js': passing })
    assert.match(
      output,
      /^FAIL core\/bad\.test\.ts › outer › parent › child\n {2}RangeError: too far\n.*bad\.test\.js:6/m,
    )
    assert.match(output, /^Output of core\/bad\.test\.ts:\n {2}a line of output\n/m)
    assert.match(output, /\n3 passed, 1 failed\n$/)
    assert.equal(code, 1)
  })

  test('lists skipped tests', async (t) => {
    const text = `import { test } from 'node:test'; test('later', { skip: 'no IPv6 here' }, () => {}); test('now', () => {})`
    const { code, output } = await runSuite(t, { 'a.test.js': text })
    assert.equal(output, 'Skipped:\n  a.test.ts › later (no IPv6 here)\n1 passed, 0 failed\n')
    assert.equal(code, 0)
  })

  test('lists what tests note, and no other diagnostics', async (t) => {
    const text = `
      import { test } from 'node:test'
      test('works', (t) => { t.diagnostic('took a while'); t.diagnostic('note: the seed is 7') })`
    const { code, output } = await runSuite(t, { 'a.test.js': text })
    assert.equal(output, 'Noted:\n  a.test.ts: the seed is 7\n1 passed, 0 failed\n')
    assert.equal(code, 0)
  })

  test('fails on a warning in a test file', async (t) => {
    const text = `${passing}; process.emitWarning('something is off', 'DeprecationWarning')`
    const { code, output } = await runSuite(t, { 'a.test.js': text })
    assert.match(output, /^FAIL a\.test\.ts\n/m)
    assert.match(output, /A process warning fails this file: DeprecationWarning: something is off\n +at /)
    assert.match(output, /\n2 passed, 1 failed\n$/)
    assert.equal(code, 1)
  })

  test('fails on a warning in a process that a test starts', async (t) => {
    const text = `
      import { fork } from 'node:child_process'
      import { test } from 'node:test'
      test('forks', (t, done) => void fork(new URL('./fixtures/warns.js', import.meta.url)).once('exit', () => done()))`
    const { code, output } = await runSuite(t, {
      'a.test.js': text,
      'fixtures/warns.js': `process.emitWarning('from a child')`,
    })
    assert.match(output, /A process that it started gave a warning: Warning: from a child/)
    assert.match(output, /\n1 passed, 1 failed\n$/)
    assert.equal(code, 1)
  })

  test('gives what a test forks neither its flags nor its preload', async (t) => {
    const text = `
      import assert from 'node:assert'
      import { test } from 'node:test'
      test('flags', () => assert.deepEqual(process.execArgv, []))`
    assert.equal((await runSuite(t, { 'a.test.js': text })).output, '1 passed, 0 failed\n')
  })

  test('fails on files that hold no test or do not load', async (t) => {
    const { code, output } = await runSuite(t, {
      'empty.test.js': '',
      'broken.test.js': `import './absent.js'`,
    })
    assert.match(output, /^FAIL empty\.test\.ts\n {2}It holds no tests\./m)
    assert.match(output, /^FAIL broken\.test\.ts\n {2}The process ended with exit code 1\./m)
    assert.match(output, /ERR_MODULE_NOT_FOUND/)
    assert.match(output, /\n0 passed, 2 failed\n$/)
    assert.equal(code, 1)
  })

  test('runs the files that its arguments name, and passes flags on', async (t) => {
    const suite = { 'core/ipc/a.test.js': passing, 'core/b.test.js': passing, 'groups/c.test.js': passing }
    assert.equal((await runSuite(t, suite, 'core/ipc', 'groups')).output, '4 passed, 0 failed\n')
    assert.equal((await runSuite(t, suite, 'test/core/b.test.ts')).output, '2 passed, 0 failed\n')
    assert.equal((await runSuite(t, suite, '--test-name-pattern=too')).output, '3 passed, 0 failed\n')
  })

  test('fails when there is nothing to run, and ignores tests whose source is gone', async (t) => {
    const none = await runSuite(t, { 'stale.test.js': passing })
    assert.match(none.output, /^FAIL No test file matches test\/\*\*\/\*\.test\.ts\.\n0 passed, 1 failed\n$/m)
    assert.equal(none.code, 1)
    const other = await runSuite(t, { 'a.test.js': passing }, 'absent')
    assert.match(other.output, /^FAIL No test file matches absent\.\n0 passed, 1 failed\n$/m)
    assert.equal(other.code, 1)
  })

  test('ends a file that hangs, and names the test that did', async (t) => {
    const text = `
      import net from 'node:net'
      import { test } from 'node:test'
      test('works', () => {})
      test('never ends', () => new Promise(() => net.createServer().listen(0, '127.0.0.1')))`
    const { code, output } = await runSuite(t, { 'a.test.js': text, ...limits(1_000, 30_000) })
    assert.match(
      output,
      /FAIL a\.test\.ts\n {2}The process ended with exit code 1\.\n {2}Not ended: never ends\n/,
    )
    assert.match(output, /This file did not end within 1000 ms\. Still open: .*TCPServerWrap/)
    assert.match(output, /\n1 passed, 1 failed\n$/)
    assert.equal(code, 1)
  })

  test('ends a file whose main thread is blocked', onlyWithProc, async (t) => {
    const text = `import { test } from 'node:test'; test('blocks', () => { for (;;) {} })`
    const { code, output } = await runSuite(t, { 'a.test.js': text, ...limits(700, 300) })
    assert.match(output, /^FAIL a\.test\.ts\n/m)
    assert.match(output, /\n0 passed, 1 failed\n$/)
    assert.equal(code, 1)
  })

  test(
    'reports and kills what a test leaves behind, even if it holds the output open',
    onlyWithProc,
    async (t) => {
      const text = `
      import { spawn } from 'node:child_process'
      import { test } from 'node:test'
      const script = new URL('./fixtures/stays.js', import.meta.url).pathname
      test('leaves one', () => {
        spawn(process.execPath, [script, 'held'], { stdio: 'inherit' }).unref()
        spawn(process.execPath, [script, 'free'], { stdio: 'ignore', detached: true }).unref()
        spawn(process.execPath, [script, 'bare'], { stdio: 'ignore', detached: true, env: {} }).unref()
      })`
      const stays = `process.on('SIGTERM', () => {}); setTimeout(() => {}, 60_000)`
      const { code, output } = await runSuite(t, {
        'a.test.js': text,
        'fixtures/stays.js': stays,
        ...limits(30_000, 5_000),
      })
      for (const which of ['held', 'free']) {
        assert.match(
          output,
          new RegExp(`FAIL a\\.test\\.ts\\n {2}It left a process behind: \\d+, .*stays\\.js ${which}`),
        )
      }
      assert.match(output, /FAIL some test file\n {2}It left a process behind: \d+, .*stays\.js bare/)
      assert.match(output, /\n1 passed, 3 failed\n$/)
      assert.equal(code, 1)
      for (const [, pid] of output.matchAll(/behind: (\d+)/g)) {
        assert.ok(await isGone(pid))
      }
    },
  )
})
