import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { source } from './paths.js'

const withShell = { skip: process.platform === 'win32' && 'the stand-ins are shell scripts' }

/** A clone in which `npx` and the compiler are stand-ins: they note that they were called, and do what they are told. */
class Clone {
  readonly root: string

  constructor(root: string) {
    this.root = root
  }

  static async make(t: TestContext): Promise<Clone> {
    const clone = new Clone(await mkdtemp(join(tmpdir(), 'manifold-clone-')))
    t.after(() => rm(clone.root, { recursive: true, force: true }))
    await mkdir(join(clone.root, '.ci'))
    await cp(join(dirname(source), '.ci', 'setup.js'), join(clone.root, '.ci', 'setup.js'))
    await clone.write('package.json', '{ "type": "module", "packageManager": "pnpm@1.2.3" }')
    await clone.write('pnpm-lock.yaml', 'lock')
    await clone.write('pnpm-workspace.yaml', 'packages:\n  - packages/*\n  - test\n')
    await clone.write('packages/core/package.json', '{}')
    await clone.write('.ci/bundle.js', '')
    await clone.write('test/package.json', '{}')
    await clone.install('exit 0')
    await clone.compiler('')
    return clone
  }

  async write(name: string, text: string): Promise<void> {
    const path = join(this.root, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }

  /** What `npx` does when it is called, after and before it notes the call. */
  async install(commands: string, before = ''): Promise<void> {
    await this.write('bin/npx', `#!/bin/sh\n${before}\necho "$@" >> "${this.root}/installs"\n${commands}\n`)
    await chmod(join(this.root, 'bin', 'npx'), 0o755)
  }

  async compiler(text: string): Promise<void> {
    await this.write('node_modules/typescript/bin/tsc', text)
    await this.write('node_modules/typescript/package.json', '{ "type": "module" }')
  }

  command(): [string, string[], { env: NodeJS.ProcessEnv }] {
    const env = { ...process.env, PATH: `${join(this.root, 'bin')}${delimiter}${process.env.PATH}` }
    return [process.execPath, [join(this.root, '.ci', 'setup.js')], { env }]
  }

  setup(): { code: number | null; stdout: string; stderr: string } {
    const [file, args, options] = this.command()
    const { status, stdout, stderr } = spawnSync(file, args, { ...options, encoding: 'utf8' })
    return { code: status, stdout, stderr }
  }

  async installs(): Promise<string[]> {
    const calls = await readFile(join(this.root, 'installs'), 'utf8').catch(() => '')
    return calls.split('\n').filter((line) => line !== '')
  }
}

test('installs once, and again only when the dependencies have changed', withShell, async (t) => {
  const clone = await Clone.make(t)
  const first = clone.setup()
  assert.deepEqual(first, {
    code: 0,
    stdout: 'Installing the dependencies with pnpm@1.2.3, once.\n',
    stderr: '',
  })
  assert.deepEqual(clone.setup(), { code: 0, stdout: '', stderr: '' })
  assert.deepEqual(await clone.installs(), [
    '-y --package pnpm@1.2.3 -- pnpm install --frozen-lockfile --pm-on-fail=ignore',
  ])

  for (const [index, file] of [
    'packages/core/package.json',
    'test/package.json',
    'pnpm-lock.yaml',
  ].entries()) {
    await clone.write(file, '{ "dependencies": {} }')
    assert.equal(clone.setup().code, 0)
    assert.equal(clone.setup().stdout, '')
    assert.equal((await clone.installs()).length, index + 2, file)
  }
})

test('shows why an install failed, and tries again the next time', withShell, async (t) => {
  const clone = await Clone.make(t)
  await clone.install('echo no network >&2; exit 7')
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const { code, stderr } = clone.setup()
    assert.equal(code, 1)
    assert.equal(stderr, 'no network\n')
    assert.equal((await clone.installs()).length, attempt)
  }
})

test('builds every time, and shows what the compiler finds', withShell, async (t) => {
  const clone = await Clone.make(t)
  await clone.write('.ci/bundle.js', `console.log('not reached')`)
  await clone.compiler(`console.log('x.ts(1,1): error', process.argv[2]); process.exitCode = 2`)
  assert.match(clone.setup().stdout, /^Installing.*\nx\.ts\(1,1\): error -b\n$/)
  assert.deepEqual(clone.setup(), { code: 1, stdout: 'x.ts(1,1): error -b\n', stderr: '' })
})

test('passes a signal on to the install, then ends by it', withShell, async (t) => {
  const clone = await Clone.make(t)
  const note = `echo interrupted >> "${clone.root}/installs"; exit 0`
  await clone.install('while :; do sleep 0.05; done', `trap '${note}' TERM`)
  const [file, args, options] = clone.command()
  const child = spawn(file, args, { ...options, stdio: 'ignore' })
  const closed = once(child, 'close')
  while ((await clone.installs()).length === 0) await sleep(20)
  child.kill('SIGTERM')
  assert.deepEqual(await closed, [null, 'SIGTERM'])
  assert.equal((await clone.installs()).at(-1), 'interrupted')
  await assert.rejects(access(join(clone.root, 'node_modules', '.manifold-setup')))
})
