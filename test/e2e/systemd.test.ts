import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { renameSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { end, temporaryDirectory } from '../helpers/fixture.js'
import { noManager, serviceManager } from '../helpers/service-manager.js'
import { once, until } from '../helpers/wait.js'

/** As pnpm has linked it: a script of the shell that gives its place to Node. */
const guard = fileURLToPath(new URL('../../node_modules/.bin/manifold-guard', import.meta.url))
const master = fileURLToPath(import.meta.resolve('@manifold-examples/systemd/master'))
const units = fileURLToPath(new URL('../../../examples/systemd/units/', import.meta.url))

async function listening(options: net.ListenOptions): Promise<net.Server> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(options, resolve))
  return server
}

/** As the unit starts it. The program is the one that is installed. */
function started(t: TestContext, servers: readonly net.Server[], notify: string): ChildProcess {
  const descriptors = servers.map((server) => Reflect.get(Reflect.get(server, '_handle'), 'fd') as number)
  const child = spawn('sh', ['-c', 'LISTEN_PID=$$ exec "$0" "$@"', guard, '--name', notify, master], {
    stdio: ['ignore', 'ignore', 'inherit', ...descriptors],
    env: {
      ...process.env,
      ...{ PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) },
      ...{ LISTEN_FDS: '2', LISTEN_FDNAMES: 'http:local' },
      ...{ NOTIFY_SOCKET: notify, WATCHDOG_USEC: '500000' },
    },
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

/** What the service manager was told, but for lines of status, and what is told over and over once only. */
function story(messages: readonly string[]): string[] {
  const heads = messages.map((message) => message.split('\n', 1)[0]!)
  return heads.filter((head, index) => !head.startsWith('STATUS=') && head !== heads[index - 1])
}

test('the example serves on what systemd passes, is upgraded, and tells how it does', {
  skip: noManager,
}, async (t) => {
  const manager = await serviceManager(t)
  const path = join(temporaryDirectory(t), 'local.sock')
  const tcp = await listening({ port: 0, host: '127.0.0.1' })
  const unix = await listening({ path })
  const { port } = tcp.address() as net.AddressInfo
  const child = started(t, [tcp, unix], manager.at)
  const exited = once<[number | null]>(child, 'exit', { timeoutMs: 60_000 })
  const told = (count: number, what: string) =>
    until(() => manager.messages().filter((message) => message.startsWith(what)).length === count, {
      what: () => `${count} ${what} in ${story(manager.messages())}`,
      timeoutMs: 30_000,
    })
  // Only the service is left to accept. Whoever bound a path removes its file.
  tcp.close()
  renameSync(path, `${path}et`)
  unix.close()
  const web = () => get({ port, host: '127.0.0.1' })
  assert.match(await web(), /^http, served by \d+\n$/)
  assert.match(await get({ socketPath: `${path}et` }), /^local, served by \d+\n$/)
  await told(1, 'READY=1')

  child.kill('SIGHUP')
  await told(2, 'READY=1')
  assert.match(await web(), /^http, served by \d+\n$/)
  await until(() => manager.messages().includes('WATCHDOG=1'), { what: 'a sign of life' })
  child.kill('SIGTERM')
  const [code] = await exited
  assert.equal(code, 0)
  await told(1, 'STOPPING=1')
  const [first] = manager.messages()
  assert.match(first!, new RegExp(`^READY=1\nMAINPID=${child.pid}\nSTATUS=Generation 1 serves$`))
  assert.ok(manager.messages().some((message) => /^READY=1\n.*\nSTATUS=Generation 2 serves$/.test(message)))
  const words = story(manager.messages()).filter((word) => word !== 'WATCHDOG=1')
  assert.deepEqual(words, ['READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1'])
})

const analyze = spawnSync('systemd-analyze', ['--version']).status === 0

test('systemd understands the units', { skip: analyze ? false : 'systemd-analyze is not here' }, () => {
  const names = ['shop.service', 'shop.socket', 'shop-local.socket'].map((name) => join(units, name))
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...names], { encoding: 'utf8' })
  // What is wrong in a file is told with its line; that there is no such Node here is not of interest.
  assert.doesNotMatch(stderr, /:\d+: /)
})
