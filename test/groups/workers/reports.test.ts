import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type GroupOptions, Master, type MasterEvents } from '@manifold/groups'
import { pruneReports } from '@manifold/groups/internal'
import { fixture, temporaryDirectory } from '../../helpers/fixture.js'
import { once } from '../../helpers/wait.js'

const NAMES = /^manifold-my-web\.1-0-(\d+)-\d{13}\.json$/

/** One worker that dies of a full heap when it is told. */
async function start(t: TestContext, options: Partial<GroupOptions>) {
  const group: GroupOptions = {
    ...{ exec: fixture('workers/fill-heap'), ready: 'online', execArgv: ['--max-old-space-size=24'] },
    ...options,
  }
  const master = new Master({ groups: { 'my-web.1': group } })
  t.after(() => master.stop())
  await master.start()
  const [worker] = master.group('my-web.1').workers
  return { master, worker: worker! }
}

async function dies({ master, worker }: Awaited<ReturnType<typeof start>>): Promise<void> {
  const exit = once<MasterEvents['exit']>(master, 'exit', { timeoutMs: 60_000 })
  worker.send('fill')
  const [, reason] = await exit
  assert.deepEqual(reason, { type: 'signaled', signal: 'SIGABRT', asked: false })
}

describe('a worker whose heap is full', () => {
  test('leaves a report, which its master finds; the oldest of ours go', async (t) => {
    const directory = path.join(temporaryDirectory(t), 'made', 'for us')
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const old = old3(directory)
    const service = await start(t, { reports: { directory, maxFiles: 2 }, env: { SECRET: 'of the house' } })
    const report = once<MasterEvents['report']>(service.master, 'report', { timeoutMs: 60_000 })
    await dies(service)
    const [worker, { file }] = await report
    assert.equal(worker, service.worker)
    assert.equal(path.dirname(file), directory)
    assert.equal(NAMES.exec(path.basename(file))?.[1], String(worker.pid))
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const text = readFileSync(file, 'utf8')
    const { header, javascriptHeap } = JSON.parse(text)
    assert.equal(header.processId, worker.pid)
    assert.match(header.trigger, /OOM|FatalError/)
    assert.ok(javascriptHeap.totalMemory > 0)
    // One line: it is compact.
    assert.equal(text.trimEnd().split('\n').length, 1)
    // Node 20 cannot leave it out.
    assert.equal(text.includes('of the house'), !('excludeEnv' in process.report))
    await pruneReports(directory, 2)
    assert.deepEqual(readdirSync(directory).sort(), [path.basename(file), old.at(-1)].sort())
  })

  test('whose directory does not exist yet: it is made, for us alone', async (t) => {
    const directory = path.join(temporaryDirectory(t), 'reports')
    const service = await start(t, { reports: { directory } })
    assert.equal(statSync(directory).mode & 0o777, 0o700)
    const report = once<MasterEvents['report']>(service.master, 'report', { timeoutMs: 60_000 })
    await dies(service)
    await report
  })

  test('leaves none with reports: false', async (t) => {
    const cwd = temporaryDirectory(t)
    const service = await start(t, { reports: false, cwd })
    await dies(service)
    assert.deepEqual(readdirSync(cwd), [])
  })

  test('writes none where everybody may read, if its Node would write the environment', async (t) => {
    const directory = path.join(temporaryDirectory(t), 'open')
    mkdirSync(directory)
    chmodSync(directory, 0o755)
    const service = await start(t, { reports: { directory } })
    await dies(service)
    assert.equal(readdirSync(directory).length, 'excludeEnv' in process.report ? 1 : 0)
  })

  test('writes it as its application is set up to', async (t) => {
    const [directory, own] = [temporaryDirectory(t), temporaryDirectory(t)]
    const execArgv = ['--max-old-space-size=24', '--report-on-fatalerror', `--report-dir=${own}`]
    const service = await start(t, { reports: { directory }, execArgv })
    await dies(service)
    assert.deepEqual([readdirSync(directory).length, readdirSync(own).length], [0, 1])
  })

  test('starts and serves where the directory cannot be made', async (t) => {
    const file = path.join(temporaryDirectory(t), 'file')
    writeFileSync(file, '')
    const service = await start(t, { reports: { directory: path.join(file, 'reports') } })
    assert.equal(service.worker.state, 'ready')
    await dies(service)
  })

  test('writes none where everybody may write', async (t) => {
    const directory = path.join(temporaryDirectory(t), 'shared')
    mkdirSync(directory)
    // Not by `mkdir`, from which the umask takes away.
    chmodSync(directory, 0o1777)
    const service = await start(t, { reports: { directory } })
    await dies(service)
    assert.deepEqual(readdirSync(directory), [])
  })
})

/** Names of reports of ours, the oldest first, though their names sort the other way. */
function old3(directory: string): string[] {
  const names = ['web-2-3', 'web-1-2', 'a-b.c_d-standby-1'].map((who) => `manifold-${who}-1577836800000.json`)
  for (const [index, name] of names.entries()) {
    writeFileSync(path.join(directory, name), '{}')
    utimesSync(path.join(directory, name), 1_000 + index, 1_000 + index)
  }
  return names
}

test('only files with our names are ever deleted', async (t) => {
  const directory = temporaryDirectory(t)
  const foreign = [
    'report.20200101.000000.1.0.001.json',
    'manifold-web-0-1-1577836800000.json.gz',
    'manifold-web-0-1577836800000.json',
    'manifold.json',
    'my-manifold-web-0-1-1577836800000.json',
  ]
  for (const name of foreign) {
    writeFileSync(path.join(directory, name), '{}')
    utimesSync(path.join(directory, name), 1, 1)
  }
  mkdirSync(path.join(directory, 'manifold-web-0-1-1577836800001.json'))
  const target = path.join(temporaryDirectory(t), 'target')
  writeFileSync(target, '')
  symlinkSync(target, path.join(directory, 'manifold-web-0-1-1577836800002.json'))
  const ours = old3(directory)
  await pruneReports(directory, 1)
  for (const name of ours) assert.equal(existsSync(path.join(directory, name)), name === ours.at(-1), name)
  for (const name of foreign) assert.ok(existsSync(path.join(directory, name)), name)
  assert.equal(readdirSync(directory).length, foreign.length + 3)
})
