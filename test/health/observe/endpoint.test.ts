import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import type { SocketAddress } from '@manifold/core'
import { type GroupOptions, Master, type Worker } from '@manifold/groups'
import { type HttpOptions, type RestartOptions, type Supervisor, supervise } from '@manifold/health'
import { fixture, forkFixture, heard, temporaryDirectory } from '../../helpers/fixture.js'
import { openDescriptors } from '../../helpers/leaks.js'
import { once } from '../../helpers/wait.js'

const listen = { http: { port: 0, host: '127.0.0.1' } }
const answering: GroupOptions = { exec: fixture('apps/http'), listen }

interface Observed {
  readonly master: Master
  readonly supervisor: Supervisor
}

function observed(
  t: TestContext,
  http: HttpOptions,
  groups: Record<string, GroupOptions> = { web: answering },
  // Nobody is replaced unless a test does so.
  restart: RestartOptions = { policy: 'never' },
): Observed {
  const master = new Master({ groups })
  const supervisor = supervise(master, { http, heartbeat: false, restart })
  t.after(async () => {
    await supervisor.stop()
    master.destroy()
    await master.stop()
  })
  return { master, supervisor }
}

interface Response {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

function target(address: SocketAddress): http.RequestOptions {
  return address.type === 'unix'
    ? { socketPath: address.path }
    : { host: address.address, port: address.port }
}

async function ask(
  supervisor: Supervisor,
  path: string,
  { method = 'GET', body = '' } = {},
): Promise<Response> {
  const request = http.request({ ...target(await supervisor.endpoint()), path, method, agent: false })
  request.end(body)
  const [response] = await once<[http.IncomingMessage]>(request, 'response')
  return { status: response.statusCode!, headers: response.headers, body: await textOf(response) }
}

async function readyz(supervisor: Supervisor): Promise<{ status: number; reasons?: readonly string[] }> {
  const { status, body } = await ask(supervisor, '/readyz')
  const { ready, ...rest } = JSON.parse(body)
  assert.equal(ready, status === 200)
  return { status, ...rest }
}

describe('the endpoints of a master', () => {
  test('are on 127.0.0.1, and tell what there is', async (t) => {
    const { supervisor } = observed(t, 0)
    const address = await supervisor.endpoint()
    assert.ok(address.type === 'tcp' && address.address === '127.0.0.1' && address.port > 0)
    const live = await ask(supervisor, '/livez')
    assert.deepEqual([live.status, live.body], [200, 'ok\n'])
    assert.equal(live.headers['cache-control'], 'no-store')
    const nothing = await ask(supervisor, '/?x')
    assert.deepEqual(
      [nothing.status, nothing.body],
      [404, 'Not found. There are /livez, /readyz, /metrics, /status.\n'],
    )
    for (const path of ['/constructor', '/__proto__', '//livez', '/livez/'])
      assert.equal((await ask(supervisor, path)).status, 404, path)
  })

  test('answer GET and HEAD only', async (t) => {
    const { supervisor } = observed(t, 0)
    const head = await ask(supervisor, '/livez', { method: 'HEAD' })
    assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, '3', ''])
    const post = await ask(supervisor, '/livez', { method: 'POST', body: 'x'.repeat(1_000) })
    assert.deepEqual([post.status, post.headers.allow, post.headers.connection], [405, 'GET, HEAD', 'close'])
  })

  test('do not read what a client sends on and on', async (t) => {
    const { supervisor } = observed(t, 0)
    const client = net.connect(target(await supervisor.endpoint()) as net.TcpNetConnectOpts)
    client.on('error', () => {})
    client.write('POST /livez HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
    const send = () => {
      while (!client.destroyed && client.write(`10000\r\n${'x'.repeat(65_536)}\r\n`));
    }
    client.on('drain', send).resume()
    const closed = once(client, 'close')
    send()
    await closed
  })

  test('give the status and the metrics of the supervisor', async (t) => {
    const { master, supervisor } = observed(t, 0, { web: answering })
    await master.start()
    const { headers, body } = await ask(supervisor, '/status')
    assert.equal(headers['content-type'], 'application/json; charset=utf-8')
    const status = JSON.parse(body)
    assert.deepEqual(
      [status.state, status.groups.web.slots[0].worker.pid],
      ['running', master.group('web').workers[0]!.pid],
    )
    const metrics = await ask(supervisor, '/metrics')
    assert.equal(metrics.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    assert.match(metrics.body, /^manifold_worker_up\{group="web",slot="0"\} 1$/m)
  })

  test('say that it is ready from its start to its stop, and while it is not, why', async (t) => {
    const { master, supervisor } = observed(t, 0, { web: answering, none: { ...answering, workers: 0 } })
    assert.deepEqual(await readyz(supervisor), {
      status: 503,
      reasons: ['the master is idle', "group 'web': no worker is ready"],
    })
    await master.start()
    assert.deepEqual(await readyz(supervisor), { status: 200 })
    const { body } = await ask(supervisor, '/readyz?verbose')
    assert.deepEqual(JSON.parse(body), {
      ready: true,
      groups: { web: { workers: 1, serving: 1 }, none: { workers: 0, serving: 0 } },
    })
    const draining = once(master, 'draining')
    const stopped = master.stop()
    await draining
    assert.deepEqual(await readyz(supervisor), {
      status: 503,
      reasons: ['the master is stopping', "group 'web': no worker is ready"],
    })
    await stopped
  })

  test('say that it is not ready while a group has no worker that serves, and that it lives', async (t) => {
    const { master, supervisor } = observed(t, 0, { web: answering, api: answering })
    await master.start()
    const [worker] = master.group('api').workers
    const silent = once<[Worker]>(master, 'silent')
    process.kill(worker!.pid!, 'SIGSTOP')
    await silent
    const hangs = { status: 503, reasons: ["group 'api': all its workers hang"] }
    assert.deepEqual(await readyz(supervisor), hangs)
    assert.equal((await ask(supervisor, '/livez')).status, 200)
    const heardAgain = once<[Worker]>(master, 'heard')
    process.kill(worker!.pid!, 'SIGCONT')
    await heardAgain
    assert.deepEqual(await readyz(supervisor), { status: 200 })

    const vacant = once(master, 'vacant')
    process.kill(worker!.pid!, 'SIGKILL')
    await vacant
    assert.deepEqual(await readyz(supervisor), {
      status: 503,
      reasons: ["group 'api': no worker is ready"],
    })
    await master.group('api').fill(0)
    assert.deepEqual(await readyz(supervisor), { status: 200 })
  })

  test('say that a group is in a crash loop, until it is not', async (t) => {
    const restart = { maxRestarts: 0, onCrashLoop: 'giveUp' } as const
    const { master, supervisor } = observed(t, 0, { web: answering }, restart)
    await master.start()
    const giveUp = once(supervisor, 'giveup')
    process.kill(master.group('web').workers[0]!.pid!, 'SIGKILL')
    await giveUp
    assert.deepEqual(await readyz(supervisor), {
      status: 503,
      reasons: ["group 'web': its workers crash over and over"],
    })
    assert.deepEqual(JSON.parse((await ask(supervisor, '/status')).body).supervision, {
      web: { crashLoop: true },
    })
    assert.match((await supervisor.metrics()).body, /^manifold_group_crash_loop\{group="web"\} 1$/m)
    const respawn = once(supervisor, 'respawn')
    supervisor.resume('web')
    await respawn
    assert.deepEqual(await readyz(supervisor), { status: 200 })
    assert.match((await supervisor.metrics()).body, /^manifold_group_crash_loop\{group="web"\} 0$/m)
  })

  for (const [who, stop] of [
    ['the master', ({ master }: Observed) => master.stop()],
    ['the supervisor', ({ supervisor }: Observed) => supervisor.stop()],
  ] as const) {
    test(`are gone once ${who} has stopped, and who is connected is cut off`, async (t) => {
      const before = openDescriptors().filter(({ target }) => target.startsWith('socket:')).length
      const both = observed(t, 0)
      const address = await both.supervisor.endpoint()
      const agent = new http.Agent({ keepAlive: true })
      t.after(() => agent.destroy())
      const request = http.get({ ...target(address), path: '/livez', agent })
      const [response] = await once<[http.IncomingMessage]>(request, 'response')
      const closed = once(response.socket, 'close')
      await textOf(response)
      await stop(both)
      await closed
      const refused = http.get({ ...target(address), path: '/livez', agent: false })
      const [error] = await once<[NodeJS.ErrnoException]>(refused, 'error')
      assert.equal(error.code, 'ECONNREFUSED')
      const now = openDescriptors().filter(({ target }) => target.startsWith('socket:')).length
      assert.equal(now, before)
    })
  }

  test('can be on a Unix socket, with its mode; the file goes with them', async (t) => {
    const path = join(temporaryDirectory(t), 'health.sock')
    const { supervisor } = observed(t, { path, mode: 0o600 })
    assert.deepEqual(await supervisor.endpoint(), { type: 'unix', path })
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal((await ask(supervisor, '/livez')).body, 'ok\n')
    await supervisor.stop()
    assert.ok(!existsSync(path))
  })

  test('take the file of a dead owner, but not that of a living one', async (t) => {
    const path = join(temporaryDirectory(t), 'health.sock')
    const owner = forkFixture(t, 'processes/bind-only', [path])
    await heard(owner)
    const { supervisor: refused } = observed(t, { path })
    await assert.rejects(refused.endpoint(), { code: 'ERR_MANIFOLD_SOCKET', systemCode: 'EADDRINUSE' })
    const exit = once(owner, 'exit')
    owner.kill('SIGKILL')
    await exit
    assert.ok(existsSync(path))
    const { supervisor } = observed(t, { path })
    assert.deepEqual(await supervisor.endpoint(), { type: 'unix', path })
    assert.equal((await ask(supervisor, '/livez')).body, 'ok\n')
  })

  test('that cannot be had are an event and a rejection, and nothing else fails', async (t) => {
    const other = net.createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.after(() => other.close())
    const { port } = other.address() as net.AddressInfo
    const { master, supervisor } = observed(t, port, { web: answering })
    const [{ error }] = await once<[{ error: Error }]>(supervisor, 'endpointFailed')
    assert.match(error.message, /^socket 'http' cannot use 127\.0\.0\.1:\d+: another process uses it/)
    await assert.rejects(supervisor.endpoint(), error)
    await master.start()
    assert.match((await supervisor.metrics()).body, /^manifold_worker_up/m)
  })

  test('that are stopped before they listen never do', async (t) => {
    const { supervisor } = observed(t, 0)
    const failures: unknown[] = []
    supervisor.on('endpointFailed', (failure) => failures.push(failure))
    const address = supervisor.endpoint()
    await supervisor.stop()
    await assert.rejects(address, { code: 'ERR_MANIFOLD_STOPPED' })
    await new Promise(setImmediate)
    assert.deepEqual(failures, [])
  })

  test('are not there unless asked for', async (t) => {
    const master = new Master({ groups: { web: answering } })
    const supervisor = supervise(master)
    t.after(() => supervisor.stop())
    await assert.rejects(supervisor.endpoint(), { code: 'ERR_MANIFOLD_STATE' })
  })
})
