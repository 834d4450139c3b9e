import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { closeSync, existsSync, openSync } from 'node:fs'
import type net from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, type TestContext, test } from 'node:test'
import { end, fixture, temporaryDirectory } from '../../helpers/fixture.js'
import { once, until } from '../../helpers/wait.js'
import { listening, portOf, refusal } from './connections.js'

/** A process that inherits sockets as descriptors 3, 4 and so on, and holds what `options` tell it. */
function heir(t: TestContext, inherited: readonly number[], options: readonly unknown[], env = {}) {
  const args = options.map((option) => JSON.stringify(option))
  // `$$` is the pid of the shell, and of Node which takes its place: systemd, too, sets it between fork and exec.
  const script = `LISTEN_PID=\${LISTEN_PID:-$$} exec "$0" "$@"`
  const child = spawn('sh', ['-c', script, process.execPath, fixture('processes/serve-inherited'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit', ...inherited],
    env: { ...process.env, ...env },
  })
  t.after(() => end(child))
  return new Facts(child)
}

/** What an heir prints, line by line. */
class Facts {
  readonly #lines: string[] = []

  constructor(child: ChildProcess) {
    createInterface({ input: child.stdout! }).on('line', (line) => this.#lines.push(line))
  }

  async next(): Promise<object> {
    const line = await until(() => this.#lines.shift(), { what: 'a fact', timeoutMs: 30_000 })
    return JSON.parse(line!)
  }
}

/** The descriptor that another process can inherit. */
function descriptorOf(server: net.Server | dgram.Socket): number {
  const state = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'state symbol')
  const handle = state ? Reflect.get(Reflect.get(server, state), 'handle') : Reflect.get(server, '_handle')
  return handle.fd
}

describe('an inherited descriptor', () => {
  test('of a listening TCP socket is served under its own address', async (t) => {
    await using server = await listening({ port: 0, host: '127.0.0.1' })
    const port = portOf(server)
    const facts = heir(t, [descriptorOf(server)], [{ fd: 3 }])
    assert.deepEqual(await facts.next(), {
      address: { type: 'tcp', address: '127.0.0.1', family: 'IPv4', port },
    })
    // Only the heir is left to accept.
    server.close()
    assert.deepEqual(await facts.next(), { accepting: true })
    assert.equal(await refusal({ host: '127.0.0.1', port }), undefined)
    assert.deepEqual(await facts.next(), { accepted: true })
  })

  test('of a Unix socket is served under its path, and leaves the file to whoever made it', async (t) => {
    const path = join(temporaryDirectory(t), 'a web.sock')
    await using server = await listening({ path })
    const facts = heir(t, [descriptorOf(server)], [{ fd: 3 }, { fd: 99 }])
    assert.deepEqual(await facts.next(), { address: { type: 'unix', path } })
    assert.deepEqual(await facts.next(), { accepting: true })
    // Whichever of the two accepts first: the heir is offered a connection sooner or later.
    const accepted = facts.next()
    const clients = setInterval(() => refusal({ path }), 20)
    assert.deepEqual(await accepted, { accepted: true })
    clearInterval(clients)
    assert.deepEqual(Object.keys(await facts.next()), ['code', 'message'])
    assert.ok(existsSync(path))
  })

  test('of a UDP socket is held without reading from it', async (t) => {
    const socket = dgram.createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    const facts = heir(t, [descriptorOf(socket)], [{ fd: 3, type: 'udp' }])
    assert.deepEqual(await facts.next(), {
      address: { type: 'udp', address: '127.0.0.1', family: 'IPv4', port },
    })
    socket.close()
    const sender = dgram.createSocket('udp4')
    t.after(() => sender.close())
    sender.send('hits:1|c', port, '127.0.0.1')
    assert.deepEqual(await facts.next(), { datagram: 'hits:1|c' })
  })

  test('that is no socket is refused by its number', async (t) => {
    const file = openSync(process.execPath, 'r')
    const facts = heir(t, [file], [{ fd: 3 }, { fd: 99 }, { fd: 3, type: 'udp' }, { fd: 99, type: 'udp' }])
    closeSync(file)
    for (const fd of [3, 99, 3, 99]) {
      assert.deepEqual(await facts.next(), {
        code: 'ERR_MANIFOLD_SOCKET',
        message: `socket 'inherited' cannot use descriptor ${fd}: invalid argument (EINVAL)`,
      })
    }
  })
})

describe('what systemd passes', () => {
  const tcp = (port: number) => ({ address: { type: 'tcp', address: '127.0.0.1', family: 'IPv4', port } })

  test('is found by its name, and by its number', async (t) => {
    await using first = await listening({ port: 0, host: '127.0.0.1' })
    await using second = await listening({ port: 0, host: '127.0.0.1' })
    for (const [systemd, server] of [
      ['web', first],
      ['admin', second],
      ['0', first],
      ['1', second],
    ] as const) {
      const env = { LISTEN_FDS: '2', LISTEN_FDNAMES: 'web:admin' }
      const facts = heir(t, [descriptorOf(first), descriptorOf(second)], [{ systemd }], env)
      assert.deepEqual(await facts.next(), tcp(portOf(server)), systemd)
    }
  })

  test('is found by its number where nothing has a name', async (t) => {
    await using server = await listening({ port: 0, host: '127.0.0.1' })
    const facts = heir(t, [descriptorOf(server)], [{ systemd: '0' }], { LISTEN_FDS: '1' })
    assert.deepEqual(await facts.next(), tcp(portOf(server)))
  })

  const refusals: readonly [why: string, env: object, name: string, message: string][] = [
    ['under another name', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'web' }, 'admin', "web), but is 'admin'"],
    ['with a lower number', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'web' }, '1', "web), but is '1'"],
    ['to another process', { LISTEN_FDS: '1', LISTEN_PID: '1' }, '0', "it passed none), but is '0'"],
    ['not at all', {}, 'web', "it passed none), but is 'web'"],
    ['without a sensible count', { LISTEN_FDS: 'many' }, '0', "it passed none), but is '0'"],
    ['with a count of none', { LISTEN_FDS: '0' }, '0', "it passed none), but is '0'"],
  ]
  for (const [why, env, systemd, end] of refusals) {
    test(`is not taken where it was passed ${why}`, async (t) => {
      await using server = await listening({ port: 0, host: '127.0.0.1' })
      const facts = heir(t, [descriptorOf(server)], [{ systemd }], env)
      assert.deepEqual(await facts.next(), {
        code: 'ERR_MANIFOLD_OPTION',
        message: `option 'listen.inherited.systemd' must be the name of a socket that systemd passed (${end}`,
      })
    })
  }
})
