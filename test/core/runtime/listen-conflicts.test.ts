import assert from 'node:assert/strict'
import net from 'node:net'
import path from 'node:path'
import { describe, test } from 'node:test'
import type { SocketOption } from '@manifold/core'
import { Master } from '@manifold/groups'
import { fixture, temporaryDirectory } from '../../helpers/fixture.js'
import { freePort, type TakenPort, takePort } from '../../helpers/free-port.js'
import { once } from '../../helpers/wait.js'
import { pidBehind } from './clients.js'
import { policies } from './listen-hosts.js'
import { tell } from './puppets.js'

const host = '127.0.0.1'

interface Conflict {
  readonly declared: SocketOption
  /** What another group's worker wants, as `listen-on` takes it. */
  readonly wanted: readonly unknown[]
  /** How both are written in the error. */
  readonly words: readonly [wanted: string, has: string]
}

type Kind = (port: number, directory: string) => Conflict

const kinds: Record<string, Kind> = {
  'a port': (port) => ({
    declared: { port },
    wanted: ['tcp', port],
    words: [`[::]:${port}`, `[::]:${port}`],
  }),
  'a port of one address': (port) => ({
    declared: { port, host: '127.0.0.1' },
    wanted: ['tcp', { port, host: '127.0.0.1' }],
    words: [`127.0.0.1:${port}`, `127.0.0.1:${port}`],
  }),
  'a port of every address, and of one of them': (port) => ({
    declared: { port },
    wanted: ['tcp', port, '127.0.0.1'],
    words: [`127.0.0.1:${port}`, `[::]:${port}`],
  }),
  'a UDP port': (port) => ({
    declared: { udp: port },
    wanted: ['udp', port],
    words: [`udp 0.0.0.0:${port}`, `udp 0.0.0.0:${port}`],
  }),
  'a path': (_port, directory) => ({
    declared: { path: path.join(directory, 'socket') },
    wanted: ['unix', path.join(directory, 'socket')],
    words: [path.join(directory, 'socket'), path.join(directory, 'socket')],
  }),
}

for (const policy of policies) {
  describe(`two groups that want the same (${policy}):`, () => {
    for (const [what, kind] of Object.entries(kinds)) {
      test(`${what}, which one declares: the server of the other fails, and the error names both`, async (t) => {
        const { declared, wanted, words } = kind(await freePort(), temporaryDirectory(t))
        const exec = fixture('listen/listen-on')
        const master = new Master({
          groups: {
            owner: {
              ...{ exec: fixture('listen/puppet'), ready: 'online', policy },
              listen: { http: declared },
            },
            other: { exec, args: [JSON.stringify(wanted)], policy },
          },
        })
        t.after(() => master.stop())
        await assert.rejects(master.start(), (error: NodeJS.ErrnoException) => {
          assert.equal(error.code, 'ERR_MANIFOLD_START')
          assert.match(error.message, /worker of group 'other', slot 0 .* ended before it was ready/)
          assert.ok(
            error.message.includes(`of group 'other' wants ${words[0]}, but group 'owner' has ${words[1]}`),
            error.message,
          )
          assert.match(error.message, /EADDRINUSE/)
          return true
        })
      })

      test(`${what}, which both declare: nothing is started`, async (t) => {
        const { declared, words } = kind(await freePort(), temporaryDirectory(t))
        const exec = fixture('listen/puppet')
        const master = new Master({
          groups: {
            owner: { exec, policy, listen: { http: declared } },
            other: { exec, policy, listen: { web: declared } },
          },
        })
        t.after(() => master.stop())
        let forks = 0
        master.on('fork', () => forks++)
        await assert.rejects(master.start(), {
          code: 'ERR_MANIFOLD_ADDRESS_TAKEN',
          message: `socket 'web' of group 'other' wants ${words[1]}, but group 'owner' has ${words[1]}`,
        })
        assert.equal(forks, 0)
        assert.equal(master.state, 'stopped')
      })
    }

    test('a port, which the worker of one took first', async (t) => {
      const port = await freePort()
      const options = {
        exec: fixture('listen/puppet'),
        ready: 'online',
        policy,
        drainTimeoutMs: 500,
      } as const
      const master = new Master({ groups: { one: options, other: options } })
      t.after(() => master.stop())
      await master.start()
      const [one, other] = [master.group('one').workers[0]!, master.group('other').workers[0]!]
      const listen = { do: 'listen', name: 'a', args: [port] } as const
      assert.equal((await tell(master, one, listen)).failure, undefined)
      assert.equal((await tell(master, other, listen)).failure?.code, 'EADDRINUSE')
      // Until the first gives it back.
      await tell(master, one, { do: 'close', name: 'a' })
      assert.equal((await tell(master, other, listen)).failure, undefined)
    })

    test('a port, on which somebody else was quicker to listen: the server fails, and may try again', async (t) => {
      const port = await freePort()
      const exec = fixture('listen/puppet')
      const master = new Master({
        groups: {
          web: { exec, ready: 'online', policy, listen: { http: { port, host } }, drainTimeoutMs: 500 },
        },
      })
      t.after(() => master.stop())
      await master.start()
      // Two may bind an address as long as nobody listens on it.
      const foreign = net.createServer().listen(port, host)
      t.after(() => foreign.close())
      await once(foreign, 'listening')
      const [worker] = master.group('web').workers
      const listen = { do: 'listen', name: 'a', args: [port, host] } as const
      for (let attempt = 0; attempt < 2; attempt++) {
        assert.deepEqual((await tell(master, worker!, listen)).failure, {
          code: 'EADDRINUSE',
          syscall: 'listen',
          message: `listen EADDRINUSE: address already in use ${host}:${port}`,
        })
      }
      foreign.close()
      await once(foreign, 'close')
      assert.equal((await tell(master, worker!, listen)).failure, undefined)
      assert.equal(await pidBehind({ port, host }), worker!.pid)
    })

    test('a port, which somebody else has: nothing is started', async (t) => {
      const taken: TakenPort = await takePort()
      t.after(() => taken.release())
      const master = new Master({
        groups: { web: { exec: fixture('listen/puppet'), policy, listen: { http: taken.port } } },
      })
      t.after(() => master.stop())
      let forks = 0
      master.on('fork', () => forks++)
      await assert.rejects(master.start(), {
        code: 'ERR_MANIFOLD_SOCKET',
        systemCode: 'EADDRINUSE',
        socket: 'http',
      })
      assert.equal(forks, 0)
    })
  })
}
