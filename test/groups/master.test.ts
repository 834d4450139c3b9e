import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { canReusePort } from '@manifold/core/internal'
import { type GroupOptions, Master, type MasterEvents, type StartError } from '@manifold/groups'
import { fixture, forkFixture, heard } from '../helpers/fixture.js'
import { takePort } from '../helpers/free-port.js'
import { assertNoLeaks, isAlive, snapshot } from '../helpers/leaks.js'
import { once, until } from '../helpers/wait.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const LOCAL = { port: 0, host: '127.0.0.1' }
const server: GroupOptions = { exec: fixture('services/obedient-server'), listen: { http: LOCAL } }

/** Notes the events of a master as they come: what, and who. */
function observe(master: Master): string[] {
  const seen: string[] = []
  const names: (keyof MasterEvents)[] = [
    ...(['setup', 'fork', 'online', 'listening', 'ready'] as const),
    ...(['draining', 'disconnect', 'exit', 'vacant', 'reload'] as const),
  ]
  for (const name of names) {
    master.on(name, (...[subject, detail]: readonly unknown[]) => {
      const { id, group, slot } = (subject ?? {}) as { id?: number; group?: string; slot?: number }
      const who = group === undefined ? JSON.stringify(subject ?? '') : `${group}/${slot}#${id ?? ''}`
      seen.push([name, who, typeof detail === 'string' ? detail : ''].join(' ').trim())
    })
  }
  return seen
}

function addressOf(master: Master): AddressInfo {
  return master.status().groups.web?.sockets.http?.address as unknown as AddressInfo
}

describe('a master', () => {
  test('tells the life of a worker by events, in the order of Node’s cluster', async () => {
    const master = new Master({ groups: { web: server } })
    const seen = observe(master)
    const listening = once(master, 'listening')
    const exited = once(master, 'exit')
    await master.start()
    const [worker, where] = await listening
    assert.deepEqual(where, { socket: 'http', address: master.status().groups.web!.sockets.http?.address })
    assert.equal(worker, master.group('web').workers[0])
    await master.stop()
    const [, reason] = await exited
    assert.deepEqual(reason, { type: 'exited', code: 0, asked: true })
    assert.deepEqual(seen, [
      ...['setup ""', 'fork web/0#1', 'online web/0#1', 'listening web/0#1', 'ready web/0#1'],
      ...['draining web/0#1 stop', 'disconnect web/0#1', 'exit web/0#1'],
    ])
  })

  test('says that a slot is vacant, and lets it be filled once', async () => {
    const master = new Master({ groups: { web: server } })
    await using _ = master
    await master.start()
    const group = master.group('web')
    const [first] = group.workers
    const vacant = once<MasterEvents['vacant']>(master, 'vacant')
    process.kill(first!.pid!, 'SIGKILL')
    const [{ group: name, slot, worker }] = await vacant
    assert.deepEqual([name, slot, worker], ['web', 0, first])
    const filled = group.fill(0)
    await assert.rejects(group.fill(0), { code: 'ERR_MANIFOLD_STATE', message: /slot 0 is starting/ })
    assert.equal((await filled).slot, 0)
    await assert.rejects(group.fill(0), { code: 'ERR_MANIFOLD_STATE', message: /slot 0 is serving/ })
    await assert.rejects(group.fill(7), { code: 'ERR_MANIFOLD_STATE', message: /no slot 7/ })
    assert.equal(master.status().groups.web?.slots[0]?.restarts, 1)
  })

  test('fills and reloads nothing before it has been started, nor once it stops', async () => {
    const master = new Master({ groups: { web: server } })
    const group = master.group('web')
    for (const early of [group.fill(0), group.reload()]) {
      await assert.rejects(early, { code: 'ERR_MANIFOLD_STATE', message: "group 'web' has not been started" })
    }
    await master.start()
    for (const slot of [-1, 0.5, 'length']) {
      await assert.rejects(group.fill(slot as number), { code: 'ERR_MANIFOLD_OPTION' })
    }
    const reloaded = assert.rejects(group.reload(), { code: 'ERR_MANIFOLD_STOPPED' })
    await Promise.all([master.stop(), reloaded])
    await assert.rejects(master.start(), { code: 'ERR_MANIFOLD_STOPPED' })
  })

  test('tells again at the end of a start which slots were vacated meanwhile', async () => {
    const slow = { exec: fixture('workers/ready-when-told'), ready: 'manual' } as const
    const master = new Master({ groups: { web: server, slow } })
    await using _ = master
    const vacancies: string[] = []
    master.on('vacant', ({ group, slot }) => vacancies.push(`${group}/${slot} while ${master.state}`))
    const online = once(master, 'online', { filter: ({ group }) => group === 'slow' })
    const ready = once(master, 'ready', { filter: ({ group }) => group === 'web' })
    const started = master.start()
    await Promise.all([online, ready])
    const exited = once(master, 'exit')
    process.kill(master.group('web').workers[0]!.pid!, 'SIGKILL')
    await exited
    // It may not listen to messages yet.
    const told = until(
      () => {
        if (master.state === 'running') return true
        master.group('slow').workers[0]?.send('go')
        return false
      },
      { what: 'the end of the start' },
    )
    await Promise.all([started, told])
    assert.deepEqual(vacancies, ['web/0 while starting', 'web/0 while running'])
  })

  test('carries calls to the workers of a group, one after the other', async () => {
    const asking = { exec: fixture('workers/answer-calls'), ready: 'online', workers: 2 } as const
    const master = new Master({ groups: { asking, empty: { ...asking, workers: 0 } } })
    await using _ = master
    master.handle('whoami', (_payload, { group, slot }) => `${group}/${slot}`)
    let listening = 0
    const all = once(master, 'message', {
      filter: (_worker, said) => said === 'listening' && ++listening === 2,
    })
    await master.start()
    await all
    const call = (name: string, payload: unknown) =>
      master.group('asking').call(name, payload, { timeoutMs: 5_000 })
    assert.equal(await call('ask', ['asking', 'double', 21]), 42)
    const slots = [await call('ask', ['master', 'whoami']), await call('ask', ['master', 'whoami'])]
    assert.deepEqual(slots.toSorted(), ['asking/0', 'asking/1'])
    for (const [target, name, code] of [
      ['empty', 'double', 'ERR_MANIFOLD_NO_WORKER'],
      ['asking', 'nothing', 'ERR_MANIFOLD_NO_HANDLER'],
      ['master', 'nothing', 'ERR_MANIFOLD_NO_HANDLER'],
      ['nobody', 'double', 'ERR_MANIFOLD_OPTION'],
    ]) {
      await assert.rejects(call('ask', [target, name]), { code })
    }
  })

  test('stops on the first signal, kills on the second, and leaves the next to Node', async () => {
    const slow = { exec: fixture('workers/finish-slowly'), ready: 'online' } as const
    const master = new Master({ groups: { slow } }).stopOn('SIGHUP')
    const listening = once(master, 'message')
    await master.start()
    await listening
    const [draining, exited] = [once(master, 'draining'), once(master, 'exit')]
    process.kill(process.pid, 'SIGHUP')
    await draining
    process.kill(process.pid, 'SIGHUP')
    const [, reason] = await exited
    assert.deepEqual(reason, { type: 'signaled', signal: 'SIGKILL', asked: true })
    await master.stop()
    assert.equal(process.listenerCount('SIGHUP'), 0)
    master.stopOn('SIGHUP')
    assert.equal(process.listenerCount('SIGHUP'), 0)
  })

  test('does not suffer from listeners that throw', async (t) => {
    const child = forkFixture(t, 'processes/throwing-listeners')
    assert.deepEqual(await heard(child), {
      thrown: ['fork', 'online', 'listening', 'ready', 'draining', 'disconnect', 'exit'],
      states: ['running', 'stopped'],
      left: 0,
    })
  })

  test('tells where a declared socket is bound, while it is', async () => {
    const master = new Master({ groups: { web: server } })
    const web = master.group('web')
    assert.throws(() => web.address('http'), { code: 'ERR_MANIFOLD_STATE' })
    await master.start()
    assert.deepEqual(web.address('http'), master.status().groups.web!.sockets.http?.address)
    assert.throws(() => web.address('htp'), {
      code: 'ERR_MANIFOLD_OPTION',
      message: /one of: http, but is 'htp'/,
    })
    await master.stop()
    assert.throws(() => web.address('http'), { code: 'ERR_MANIFOLD_STATE' })
  })

  test('gives a status that is plain data', async () => {
    const admin = { exec: fixture('workers/stay'), workers: 2, ready: 'online', policy: 'shared' } as const
    const master = new Master({ groups: { web: server, admin } })
    assert.equal(master.status().state, 'idle')
    await master.start()
    const status = master.status()
    assert.deepEqual(JSON.parse(JSON.stringify(status)), status)
    const { pid, state, uptimeMs, groups } = status
    assert.deepEqual([pid, state, Object.keys(groups)], [process.pid, 'running', ['web', 'admin']])
    assert.ok(Number.isInteger(uptimeMs))
    const [worker] = master.group('web').workers
    assert.deepEqual(
      { ...groups.web, slots: groups.web?.slots.map((slot) => ({ ...slot, worker: slot.worker?.pid })) },
      {
        policy: 'auto',
        workers: 1,
        sockets: {
          http: {
            address: { type: 'tcp', address: '127.0.0.1', family: 'IPv4', port: addressOf(master).port },
            policy: canReusePort ? 'kernel' : 'shared',
            waiting: 0,
            acceptQueue: null,
            receiveQueueBytes: null,
          },
        },
        connections: 0,
        reloading: false,
        rates: { requestsPerSecond: 0, connectionsPerSecond: 0 },
        slots: [
          { slot: 0, state: 'serving', restarts: 0, lastExit: null, retiring: [], worker: worker?.pid },
        ],
        standby: [],
      },
    )
    assert.deepEqual([groups.admin?.workers, groups.admin?.sockets], [2, {}])
    await master.stop()
    const { lastExit, ...slot } = master.status().groups.web!.slots[0]!
    assert.deepEqual(slot, { slot: 0, state: 'closed', restarts: 0, worker: null, retiring: [] })
    const { at, uptimeMs: livedMs, ...exit } = lastExit!
    assert.deepEqual(exit, {
      id: worker?.id,
      pid: worker?.pid,
      reason: { type: 'exited', code: 0, asked: true },
      text: 'exit code 0',
    })
    assert.ok(livedMs > 0 && Math.abs(Date.parse(at) - Date.now()) < 60_000)
  })

  test('runs groups without workers, whose sockets wait', async () => {
    const master = new Master({ groups: { web: { ...server, workers: 0 } } })
    await using _ = master
    await master.start()
    assert.deepEqual(master.group('web').workers, [])
    assert.equal(master.status().groups.web?.sockets.http?.address.type, 'tcp')
  })
})

describe('a start that fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'master-'))
  after(() => rmSync(folder, { recursive: true }))

  /** That `start()` rejects with this before anything is forked, and leaves nothing. */
  async function refused(groups: Record<string, GroupOptions>, expected: object): Promise<void> {
    const master = new Master({ groups })
    const seen = observe(master)
    await assert.rejects(master.start(), expected)
    assert.deepEqual([seen, master.state], [[], 'stopped'])
    assert.deepEqual(readdirSync(folder), [])
    await assert.rejects(master.start(), expected, 'it is one start')
  }

  test('for a port that another process has', async () => {
    const { port, release } = await takePort()
    const listen = { local: { path: join(folder, 'a.sock') }, http: { port, host: '127.0.0.1' } }
    await refused(
      { first: server, web: { ...server, listen } },
      {
        ...{ name: 'SocketError', code: 'ERR_MANIFOLD_SOCKET', socket: 'http' },
        ...{ address: `127.0.0.1:${port}`, systemCode: 'EADDRINUSE', message: /another process uses it/ },
      },
    )
    await release()
  })

  test('for an address that two groups want', async () => {
    const { port, release } = await takePort()
    await release()
    const on = (host: string) => ({ ...server, listen: { http: { port, host } } })
    await refused(
      { web: on('127.0.0.1'), admin: on('0.0.0.0') },
      {
        code: 'ERR_MANIFOLD_ADDRESS_TAKEN',
        message: `socket 'http' of group 'admin' wants 0.0.0.0:${port}, but group 'web' has 127.0.0.1:${port}`,
      },
    )
  })

  test('for a policy that cannot be made', async () => {
    const policy = () => {
      throw new Error('no policy today')
    }
    const listen = { local: { path: join(folder, 'b.sock'), policy } }
    await refused({ web: { ...server, listen } }, { message: 'no policy today' })
  })

  test('for a worker: the others are stopped, and the end of its stderr is told', async () => {
    const broken = { exec: fixture('workers/throw-at-start') }
    const master = new Master({ groups: { web: { ...server, workers: 2 }, broken } })
    const pids: number[] = []
    master.on('fork', ({ pid }) => pids.push(pid!))
    await assert.rejects(master.start(), (error: StartError) => {
      assert.deepEqual([error.code, error.failure.group], ['ERR_MANIFOLD_START', 'broken'])
      assert.match(error.message, /exit code 1.*the configuration has no port/s)
      return true
    })
    assert.deepEqual([master.state, pids.length, pids.filter(isAlive)], ['stopped', 3, []])
  })

  test('for a worker that never gets ready', async () => {
    const never = { exec: fixture('workers/never-ready'), readyTimeoutMs: 1_500 }
    for (const [group, why] of [
      [never, 'none of its servers listens on a socket of its group'],
      [{ ...never, listen: { http: LOCAL, admin: LOCAL } }, 'none of its servers listens on: http, admin'],
      [{ ...never, ready: 'manual' }, 'it has not called worker.ready()'],
    ] as const) {
      const master = new Master({ groups: { never: group } })
      await assert.rejects(master.start(), ({ code, message, failure }: StartError) => {
        assert.equal(code, 'ERR_MANIFOLD_READY_TIMEOUT')
        assert.match(message, /not ready within 1500 ms.*waiting for the database/s)
        assert.deepEqual(failure.notes, [why])
        return true
      })
      assert.equal(master.state, 'stopped')
    }
  })

  test('after a stop, or for a second life', async () => {
    const master = new Master({ groups: { web: server } })
    await master.stop()
    await assert.rejects(master.start(), { code: 'ERR_MANIFOLD_STOPPED' })
  })
})
