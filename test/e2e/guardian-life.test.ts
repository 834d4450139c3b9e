import assert from 'node:assert/strict'
import { once as emitted } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Master } from '@manifold/groups'
import { supervise } from '@manifold/health'
import type { GuardOptions } from '@manifold/health/guardian'
import { WebSocket } from 'ws'
import { freePort } from '../helpers/free-port.js'
import { assertNoLeaks, isAlive, snapshot } from '../helpers/leaks.js'
import { describeFailures, LoadClient, summarize } from '../helpers/load-client.js'
import { once, until } from '../helpers/wait.js'
import { Guarded, web } from './guarded.js'
import { getOnce, HttpClient, pidOf } from './http-client.js'
import { fixture, signal } from './service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const config = { groups: { web: web() } }
/** Serves on all sockets of its group. */
const onAll = fixture('services/all-kinds').href

async function killGuardian(service: Guarded): Promise<void> {
  signal(service.pid, 'SIGKILL')
  await service.ended
}

describe('a guardian', { concurrency: true }, () => {
  it('that is killed leaves a master that serves on, says so, and can be stopped', async () => {
    await using service = await Guarded.start(config)
    const port = service.portOf('http')
    const lost = emitted(service as unknown as NodeJS.EventEmitter, 'master')
    await killGuardian(service)
    const [news] = await lost
    assert.equal(news.lost, true)
    assert.ok(service.pids.has((await getOnce(port)).pid))
    signal(service.master, 'SIGTERM')
    await until(() => ![...service.pids].some(isAlive), { what: 'the end of all' })
  })

  it('is refused where there is one, or where one has left its master; and not once that is gone', async () => {
    const options: GuardOptions = { name: `refused ${process.pid}` }
    await using service = await Guarded.start(config, options)
    await assert.rejects(Guarded.start(config, options), { code: 'ERR_MANIFOLD_GUARDED' })
    await killGuardian(service)
    await assert.rejects(Guarded.start(config, options), { code: 'ERR_MANIFOLD_GUARDED' })
    signal(service.master, 'SIGTERM')
    await until(() => ![...service.pids].some(isAlive), { what: 'the end of all' })
    await using next = await Guarded.start(config, options)
    await next.stop()
  })

  it('is not started by a first master that fails, and leaves nothing', async () => {
    await assert.rejects(Guarded.start({ ...config, fault: 'throws' }), {
      code: 'ERR_MANIFOLD_START',
      message: /exit code 1/,
    })
    await assert.rejects(Guarded.start({ ...config, fault: 'never starts' }, { settleTimeoutMs: 1_500 }), {
      code: 'ERR_MANIFOLD_READY_TIMEOUT',
    })
    await assert.rejects(Guarded.start(config, { execPath: '/nowhere/node' }), {
      code: 'ERR_MANIFOLD_START',
      message: /ENOENT/,
    })
    const broken = { groups: { web: web({ exec: fixture('guarded/nothing').href }) } }
    await assert.rejects(Guarded.start(broken), { code: 'ERR_MANIFOLD_START', message: /web/ })
  })

  it('has another master serve at once where one stops by itself, whose requests finish', async () => {
    await using service = await Guarded.start(config)
    const port = service.portOf('http')
    const { master } = service
    const slow = (await HttpClient.connect(port)).get('/slow')
    using held = await HttpClient.connect(port)
    void held.get('/held').catch(() => {})
    const stopping = service.next('masterStopping')
    const settled = service.settled()
    signal(master, 'SIGTERM')
    await stopping
    await settled
    assert.ok(isAlive(master), 'it drains still')
    assert.ok(service.pids.has((await getOnce(port)).pid))
    assert.equal((await slow).status, 200)
    held.destroy()
    await until(() => !isAlive(master), { what: 'the end of the old one' })
    assert.deepEqual(
      service.news.filter(({ event }) => event === 'masterDied' || event === 'backoff'),
      [],
    )
    await service.stop()
  })

  it('tells in what a master hangs, and has another follow it', async () => {
    await using service = await Guarded.start(
      { ...config, fault: 'hangs' },
      { heartbeat: { timeoutMs: 1_500 } },
    )
    // A busy machine may hold it up before it comes to that.
    await service.next('masterHang', ({ hang }) =>
      /guarded\/master/.test((hang as { stack?: string }).stack ?? ''),
    )
    service.configure(config)
    await service.settled()
    await service.stop()
  })

  it('starts again after everything was killed, in any order, without cleaning', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'again-'))
    const file = path.join(directory, 'web.sock')
    const listen = { http: { port: 0, host: '127.0.0.1' }, local: { path: file } }
    const groups = { web: web({ exec: onAll, listen }) }
    const options = { name: `again ${process.pid}` }
    for (let times = 0; times < 3; times++) {
      await using service = await Guarded.start({ groups }, options)
      const chance = [...service.pids].map((pid) => ({ pid, at: Math.random() }))
      const order = chance.sort((one, other) => one.at - other.at).map(({ pid }) => pid)
      await service.destroy(order)
    }
    await using service = await Guarded.start({ groups }, options)
    assert.ok(existsSync(file))
    await service.stop()
    assert.ok(!existsSync(file))
    rmSync(directory, { recursive: true })
  })
})

describe('what an old generation has in work', { concurrency: true }, () => {
  for (const [what, turn] of [
    ['after its master was killed', (service: Guarded) => service.killMaster()],
    [
      'when another was upgraded to',
      async (service: Guarded) => {
        const settled = service.settled()
        service.tell('upgrade')
        await settled
      },
    ],
  ] as const) {
    it(`is finished ${what}: requests, and WebSockets until they are told to go`, async () => {
      const listen = { talk: { port: 0, host: '127.0.0.1' } }
      const groups = { web: web({ workers: 1 }), talk: web({ workers: 1, exec: onAll, listen }) }
      await using service = await Guarded.start({ groups })
      using client = await HttpClient.connect(service.portOf('http'))
      const { pid } = await getOnce(service.portOf('http'))
      const slow = client.get('/slow')
      const talk = new WebSocket(`ws://127.0.0.1:${service.portOf('talk')}`)
      await once(talk, 'open')
      const closed = once<[number]>(talk, 'close', { timeoutMs: 40_000 })
      const turned = turn(service)
      const echoed = once<[Buffer]>(talk, 'message')
      talk.send('still here')
      assert.equal(String((await echoed)[0]), 'still here')
      assert.equal(pidOf(await slow), pid)
      await turned
      assert.equal((await closed)[0], 1001)
      assert.notEqual((await getOnce(service.portOf('http'))).pid, pid)
      await service.stop()
    })
  }
})

describe('an upgrade', { concurrency: true }, () => {
  it('runs the release that a link leads to by then, and drops the sockets that it does not have', async () => {
    const root = mkdtempSync(path.join(tmpdir(), 'releases-'))
    const release = (name: string) => {
      mkdirSync(path.join(root, name))
      const script = `globalThis.release = ${JSON.stringify(name)}; await import(${JSON.stringify(fixture('guarded/master').href)})`
      writeFileSync(path.join(root, name, 'master.mjs'), `console.error(${JSON.stringify(name)});${script}`)
      return path.join(root, name)
    }
    const link = path.join(root, 'current')
    symlinkSync(release('one'), link)
    const local = path.join(root, 'local.sock')
    const log = path.join(root, 'events.jsonl')
    const both = { http: { port: 0, host: '127.0.0.1' }, local: { path: local } }
    await using service = await Guarded.start(
      { groups: { web: web({ exec: onAll, listen: both }) } },
      { cwd: link, log: { file: log } },
      path.join(link, 'master.mjs'),
    )
    const port = service.portOf('http')
    unlinkSync(link)
    symlinkSync(release('two'), link)
    service.configure({ groups: { web: web() } })
    const gone = service.next('generationGone')
    service.tell('upgrade')
    await gone
    const cwd = readFileSync(`/proc/${service.master}/cmdline`, 'latin1')
    assert.match(cwd, /current\/master\.mjs/)
    assert.equal(service.portOf('http'), port)
    // A worker of the new release might have listened there yet.
    await until(() => !existsSync(local), { what: 'the end of the socket that nobody has any more' })
    await service.stop()
    const events = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event)
    assert.deepEqual(events.slice(0, 2), ['masterStarted', 'masterSettled'])
    assert.equal(events.at(-1), 'stopped')
    rmSync(root, { recursive: true })
  })

  it('is asked for by a master itself, and not where there is no guardian', async () => {
    await using service = await Guarded.start(config)
    const upgraded = service.next('upgraded')
    signal(service.master, 'SIGUSR2')
    await upgraded
    await service.stop()
    const alone = supervise(new Master({ groups: config.groups }))
    assert.throws(() => alone.upgrade(), { code: 'ERR_MANIFOLD_STATE' })
    await alone.stop()
  })

  it('may change the policy of a socket, and its group', async () => {
    const port = await freePort()
    const listen = { http: { port, host: '127.0.0.1' } }
    const env = { PORT: String(port) }
    await using service = await Guarded.start({
      groups: { web: web({ listen, policy: 'auto', workers: 3, env }) },
    })
    await using load = new LoadClient({ target: { port }, rate: 60, keptConnections: 6 })
    for (const policy of ['round-robin', 'shared', 'auto', 'sticky', 'auto'] as const) {
      service.configure({ groups: { renamed: web({ policy, listen, env }) } })
      const gone = service.next('generationGone')
      service.tell('upgrade')
      await gone
    }
    const report = await load.stop()
    assert.equal(report.failures.length, 0, `${summarize(report)}\n${describeFailures(report.failures)}`)
    await service.stop()
  })
})

describe('a guardian that is stopped while it upgrades', () => {
  it('ends at once, though the new master has only begun to start, and leaves no file', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'stopped-'))
    const local = { path: path.join(directory, 'web.sock') }
    await using service = await Guarded.start(
      { groups: { web: web({ exec: onAll, listen: { http: { port: 0, host: '127.0.0.1' }, local } }) } },
      { heartbeat: false },
    )
    const started = service.next('masterStarted')
    service.tell('upgrade')
    await started
    const at = performance.now()
    await service.stop()
    // A master that has not heard of it is killed five seconds later.
    assert.ok(performance.now() - at < 4_500)
    assert.deepEqual(readdirSync(directory), [])
    rmSync(directory, { recursive: true })
  })
})

describe('an upgrade in which the guardian is killed', () => {
  it('leaves the old master alone, as nobody would end it any more', async () => {
    await using service = await Guarded.start(config)
    const port = service.portOf('http')
    const [old] = service.masters
    const never = web({ ready: 'manual', listen: {} })
    service.configure({ groups: { ...config.groups, never } })
    const started = service.next('masterStarted')
    const half = once(service, 'master', { timeoutMs: 20_000 })
    service.tell('upgrade')
    const { pid } = (await started) as unknown as { pid: number }
    await half
    signal(service.pid, 'SIGKILL')
    await service.ended
    await until(() => !isAlive(pid), { what: 'the end of the new one' })
    assert.ok(service.pids.has((await getOnce(port)).pid))
    signal(old!, 'SIGTERM')
    await until(() => ![...service.pids].some(isAlive), { what: 'the end of all' })
  })
})

describe('manifold-guard', () => {
  it('says why it has not started, with an exit code', async () => {
    const { spawnSync } = await import('node:child_process')
    const cli = fileURLToPath(import.meta.resolve('@manifold/health/guardian')).replace(
      'guardian.js',
      'guard-cli.cjs',
    )
    const run = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' })
    assert.equal(run('--help').status, 0)
    const wrong = run('--nonsense', 'master.js')
    assert.equal(wrong.status, 2)
    assert.match(wrong.stderr, /manifold-guard: .*--nonsense/)
    const missing = run('/nowhere/master.js')
    assert.equal(missing.status, 1)
    assert.match(missing.stderr, /manifold-guard: the master ended before it had settled: exit code 1/)
  })
})
