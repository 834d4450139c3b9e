import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import type { Setup } from '../../fixtures/workers/setup.js'
import { end, fixture, temporaryDirectory } from '../../helpers/fixture.js'
import { once } from '../../helpers/wait.js'
import { said, startFixture, startWorker } from './worker.js'

describe('a worker is started', () => {
  test('with its arguments, whatever is in them', async (t) => {
    const args = ['--port', '80', '', 'a b', '$HOME', '"quoted"', 'ä€']
    assert.deepEqual((await said<Setup>(startFixture(t, 'report', { args }))).args, args)
  })

  test('with its options for Node, and sees those only', async (t) => {
    const execArgv = ['--no-warnings', '--stack-trace-limit=20']
    assert.deepEqual((await said<Setup>(startFixture(t, 'report', { execArgv }))).execArgv, execArgv)
  })

  test('with our options for Node if it is given none', async (t) => {
    const before = process.execArgv
    process.execArgv = ['--stack-trace-limit=21']
    t.after(() => {
      process.execArgv = before
    })
    const { execArgv } = await said<Setup>(startFixture(t, 'report', { execArgv: undefined }))
    assert.deepEqual(execArgv, ['--stack-trace-limit=21'])
  })

  test('in our directory, or in its own', async (t) => {
    const cwd = realpathSync(temporaryDirectory(t))
    assert.equal((await said<Setup>(startFixture(t, 'report'))).cwd, process.cwd())
    assert.equal((await said<Setup>(startFixture(t, 'report', { cwd }))).cwd, cwd)
  })

  test('with our environment, and what is added to it or taken away', async (t) => {
    Object.assign(process.env, { ADDED_BEFORE: 'ours', KEPT: 'ours', REMOVED: 'ours' })
    t.after(() => {
      for (const name of ['ADDED_BEFORE', 'KEPT', 'REMOVED']) delete process.env[name]
    })
    const env = { ADDED: '1', ADDED_BEFORE: 'its own', REMOVED: undefined, EMPTY: '' }
    const { environment } = await said<Setup>(startFixture(t, 'report', { env }))
    const { ADDED, ADDED_BEFORE, KEPT, EMPTY, PATH } = environment
    assert.deepEqual([ADDED, ADDED_BEFORE, KEPT, EMPTY], ['1', 'its own', 'ours', ''])
    assert.equal('REMOVED' in environment, false)
    assert.equal(PATH, process.env.PATH)
  })

  test('without the sockets that systemd passed to its master', async (t) => {
    const systemd = { LISTEN_PID: '1', LISTEN_FDS: '2', LISTEN_FDNAMES: 'a:b' }
    Object.assign(process.env, systemd)
    t.after(() => {
      for (const name of Object.keys(systemd)) delete process.env[name]
    })
    const { environment } = await said<Setup>(startFixture(t, 'report'))
    assert.deepEqual(
      Object.keys(environment).filter((name) => name.startsWith('LISTEN_')),
      [],
    )
  })

  test('by the Node that is named', async (t) => {
    const worker = startFixture(t, 'report', { execPath: process.execPath })
    assert.equal((await said<Setup>(worker)).execPath, process.execPath)
  })

  test('with a window or without one: that matters on Windows only', async (t) => {
    for (const windowsHide of [true, false]) {
      assert.ok((await said<Setup>(startFixture(t, 'report', { windowsHide }))).pid > 0)
    }
  })

  test('as another user', { skip: whyNoOtherUser() }, async (t) => {
    const worker = startFixture(t, 'report', { uid: 65_534, gid: 65_534, cwd: '/' })
    assert.deepEqual((await said<Setup>(worker)).user, [65_534, 65_534])
  })
})

/** Nothing shows of how the framework got in. */
test('an application, its processes and its threads see no trace of us', async (t) => {
  const worker = startFixture(t, 'report-children', { execArgv: ['--no-warnings'] })
  const reports = await said<Record<'own' | 'ofChild' | 'ofThread', Setup>>(worker)
  for (const [who, { execArgv, traces }] of Object.entries(reports)) {
    assert.deepEqual({ who, execArgv, traces }, { who, execArgv: ['--no-warnings'], traces: [] })
  }
})

describe('what a worker writes', () => {
  /** What comes out of a process that does nothing but run one worker, which writes `characters` and some words. */
  async function outputOf(characters: number, stdio?: string) {
    const args = [
      fixture('workers/exit-at-start'),
      '3',
      `${characters}`,
      ...(stdio === undefined ? [] : [stdio]),
    ]
    const child = spawn(process.execPath, [fixture('processes/run-worker'), ...args])
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => (output.stdout += chunk))
    child.stderr.on('data', (chunk) => (output.stderr += chunk))
    try {
      await once(child, 'close', { timeoutMs: 30_000 })
    } finally {
      await end(child)
    }
    const { stdout, stderr } = output
    return { sizes: [stdout.length, stderr.length], ends: [stdout.slice(-8), stderr.slice(-8)] }
  }

  const written = (characters: number) => ({
    sizes: [`${'x'.repeat(characters)}\nhello\n`.length, `${'x'.repeat(characters)}\nlast words\n`.length],
    ends: ['x\nhello\n', 't words\n'],
  })

  test('comes out of its master', async () => {
    assert.deepEqual(await outputOf(10), written(10))
  })

  test('comes out of its master if it inherits everything', async () => {
    assert.deepEqual(await outputOf(10, 'inherit'), written(10))
  })

  test('goes nowhere if it is to be ignored', async () => {
    assert.deepEqual(await outputOf(10, 'ignore'), { sizes: [0, 0], ends: ['', ''] })
  })

  test('comes out of its master, however much it is, if everything is piped', async () => {
    assert.deepEqual(await outputOf(1_000_000, 'pipe'), written(1_000_000))
  })
})

test('a worker of a master that is nothing but code on a command line runs its program, not that code', () => {
  const program = `
    import { Master } from ${JSON.stringify(import.meta.resolve('@manifold/groups'))}
    const master = new Master({ groups: { web: { exec: process.argv[1], ready: 'online' } } })
    const said = new Promise((resolve) => master.once('message', (_worker, setup) => resolve(setup)))
    await master.start()
    console.log(JSON.stringify((await said).execArgv))
    await master.stop()`
  const argv = ['--no-warnings', '--input-type=module', '--eval', program, fixture('workers/report')]
  const said = execFileSync(process.execPath, argv, { timeout: 30_000, encoding: 'utf8' })
  assert.deepEqual(JSON.parse(said), ['--no-warnings'])
})

test('TypeScript that Node cannot run is refused with advice', { skip: canRunTypeScript() }, async (t) => {
  const worker = startWorker(t, '/srv/app.ts')
  await assert.rejects(worker.started, {
    code: 'ERR_MANIFOLD_START',
    message: new RegExp(
      `Node ${process.versions.node} cannot run /srv/app\\.ts by itself: pass a loader, such as execArgv: \\['--import', 'tsx'\\]`,
    ),
  })
})

function canRunTypeScript(): string | false {
  return process.features.typescript ? 'this Node can run TypeScript' : false
}

/** Another user must be able to read Node, and the fixture. */
function whyNoOtherUser(): string | false {
  if (process.getuid?.() !== 0) return 'only root may become another user'
  for (const file of [process.execPath, fixture('workers/report')]) {
    accessSync(file, constants.R_OK)
    for (let folder = path.dirname(realpathSync(file)); folder !== '/'; folder = path.dirname(folder)) {
      if ((statSync(folder).mode & 0o001) === 0) return `other users may not enter ${folder}`
    }
  }
  return false
}
