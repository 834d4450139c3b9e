import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { connect, type NetConnectOpts } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { HeldSocket, parseSocket } from '@manifold/core/internal'
import { streamsFor } from '@manifold/health/internal'
import { end, fixture, heard, temporaryDirectory } from '../../../helpers/fixture.js'
import { once } from '../../../helpers/wait.js'

const STANDARD = ['inherit', 'inherit', 'inherit']

describe('the descriptors of a master', () => {
  test('are three pipes after the standard ones', () => {
    assert.deepEqual(streamsFor({ inherited: [], fds: [] }), {
      stdio: [...STANDARD, 'pipe', 'ipc', 'pipe'],
      lifeline: 3,
      ipc: 4,
      watchdog: 5,
    })
  })

  test('leave what is inherited where it is', () => {
    assert.deepEqual(streamsFor({ inherited: [{ fd: 3 }, { fd: 4 }], fds: [4, 3] }), {
      stdio: [...STANDARD, 3, 4, 'pipe', 'ipc', 'pipe'],
      lifeline: 5,
      ipc: 6,
      watchdog: 7,
    })
  })

  test('go where there is a gap, so that none is beyond what a process may have', () => {
    const { stdio, ...places } = streamsFor({ inherited: [{ fd: 4 }], fds: [1_000] })
    assert.deepEqual(places, { lifeline: 3, ipc: 5, watchdog: 6 })
    assert.equal(stdio.length, 1_001)
    assert.deepEqual(stdio.slice(3, 8), ['pipe', 4, 'ipc', 'pipe', 'ignore'])
    assert.equal(stdio[1_000], 1_000)
    assert.equal(stdio.indexOf('ignore'), 7)
  })
})

/** What a shell can do in the place of systemd: the sockets at 3 and 4, and a process id that is the program's own. */
const ACTIVATE = 'LISTEN_PID=$$; export LISTEN_PID; exec "$@"'

test('sockets that systemd has passed are served by the child of whom they were passed to', async (t) => {
  const path = join(temporaryDirectory(t), 'socket')
  const tcp = await HeldSocket.hold('http', parseSocket('http', { port: 0, host: '127.0.0.1' }))
  const unix = await HeldSocket.hold('local', parseSocket('local', { path }))
  const { port } = tcp.address as { port: number }
  const parent = spawn('/bin/sh', ['-c', ACTIVATE, 'sh', process.execPath, fixture('guarded/pass-on')], {
    env: { ...process.env, LISTEN_FDS: '2', LISTEN_FDNAMES: 'http:local' },
    stdio: ['ignore', 'inherit', 'inherit', descriptor(tcp), descriptor(unix), 'ipc'],
  })
  t.after(() => end(parent))
  const said = await heard<{ sockets: unknown; streams: unknown; child: unknown }>(parent)
  assert.deepEqual(said.sockets, [
    { fd: 3, name: 'http' },
    { fd: 4, name: 'local' },
  ])
  assert.equal(said.child, 'serving')
  assert.equal(await read({ port, host: '127.0.0.1' }), 'http')
  assert.equal(await read({ path }), 'local')
  for (const socket of [tcp, unix]) socket.close()
  // Its child does not outlive that.
  const ended = once(parent, 'exit')
  parent.disconnect()
  await ended
})

function descriptor({ handle }: HeldSocket): number {
  return Reflect.get(handle, 'fd')
}

async function read(where: NetConnectOpts): Promise<string> {
  const socket = connect(where).setEncoding('utf8')
  let text = ''
  socket.on('data', (part) => {
    text += part
  })
  await once(socket, 'close')
  return text
}
