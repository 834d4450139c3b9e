import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { renameSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { end, temporaryDirectory } from '../helpers/fixture.js'
import { once } from '../helpers/wait.js'

const master = fileURLToPath(import.meta.resolve('@manifold-examples/systemd/master'))
const units = fileURLToPath(new URL('../../../examples/systemd/units/', import.meta.url))

async function listening(options: net.ListenOptions): Promise<net.Server> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(options, resolve))
  return server
}

function started(t: TestContext, servers: readonly net.Server[]): ChildProcess {
  const descriptors = servers.map((server) => Reflect.get(Reflect.get(server, '_handle'), 'fd') as number)
  const child = spawn('sh', ['-c', 'LISTEN_PID=$$ exec "$0" "$@"', process.execPath, master], {
    stdio: ['ignore', 'pipe', 'inherit', ...descriptors],
    env: { ...process.env, LISTEN_FDS: '2', LISTEN_FDNAMES: 'http:local' },
  })
  t.after(() => end(child))
  return child
}

/** Its request waits in the socket until somebody serves. */
function get(options: http.RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ ...options, agent: false }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve(text)
    })
    request.on('error', reject)
  })
}

test('the example serves on what systemd passes, and requests wait for it', async (t) => {
  const path = join(temporaryDirectory(t), 'local.sock')
  const tcp = await listening({ port: 0, host: '127.0.0.1' })
  const unix = await listening({ path })
  const { port } = tcp.address() as net.AddressInfo
  const child = started(t, [tcp, unix])
  const serving = once(child.stdout!, 'data')
  const exited = once<[number | null]>(child, 'exit', { timeoutMs: 60_000 })
  // Only the service is left to accept. Whoever bound a path removes its file.
  tcp.close()
  renameSync(path, `${path}et`)
  unix.close()
  assert.match(await get({ port, host: '127.0.0.1' }), /^http, served by \d+\n$/)
  assert.match(await get({ socketPath: `${path}et` }), /^local, served by \d+\n$/)
  await serving
  child.kill('SIGTERM')
  const [code] = await exited
  assert.equal(code, 0)
})

const analyze = spawnSync('systemd-analyze', ['--version']).status === 0

test('systemd understands the units', { skip: analyze ? false : 'systemd-analyze is not here' }, () => {
  const names = ['shop.service', 'shop.socket', 'shop-local.socket'].map((name) => join(units, name))
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...names], { encoding: 'utf8' })
  // What is wrong in a file is told with its line; that there is no such Node here is not of interest.
  assert.doesNotMatch(stderr, /:\d+: /)
})
