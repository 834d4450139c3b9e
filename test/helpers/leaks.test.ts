import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { assertNoLeaks, childrenOf, isAlive, openDescriptors, snapshot, socketsOf } from './leaks.js'
import { once, until } from './wait.js'

test('a socket left open is named with its port, and is no leak once it is closed', async () => {
  const before = snapshot()
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  const found = socketsOf().find((socket) => socket.local === port)
  assert.deepEqual([found?.type, found?.listening], ['tcp', true])
  assert.ok(openDescriptors().some(({ fd }) => fd === found?.fd))
  await assert.rejects(
    assertNoLeaks(before, { timeoutMs: 50 }),
    new RegExp(`1 × tcp socket listening on ${port}`),
  )
  server.close()
  await assertNoLeaks(before)
})

test('a grandchild left alive is named, also when it has become an orphan', async () => {
  const before = snapshot()
  const child = spawn('sh', ['-c', 'sleep 60 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = await once<[Buffer]>(child.stdout, 'data')
  const grandchild = Number(line.toString())
  assert.deepEqual(
    childrenOf().map(({ pid, parent }) => [pid, parent]),
    [
      [child.pid, process.pid],
      [grandchild, child.pid],
    ],
  )
  child.kill('SIGKILL')
  await assert.rejects(
    assertNoLeaks(before, { timeoutMs: 100, gone: [grandchild] }),
    new RegExp(`process ${grandchild}, not a descendant any more`),
  )
  process.kill(grandchild, 'SIGKILL')
  await assertNoLeaks(before, { gone: [grandchild] })
  assert.equal(isAlive(grandchild), false)
})

test('waits say what they waited for', async () => {
  const emitter = new EventEmitter()
  const late = once<[number]>(emitter, 'tick', { timeoutMs: 20, filter: (n) => n > 1 })
  emitter.emit('tick', 1)
  await assert.rejects(late, /no 'tick' event within 20 ms \(1 came that the filter dismissed\)/)
  assert.equal(emitter.listenerCount('tick'), 0)
  const stuck = until(() => new Promise<boolean>(() => {}), { timeoutMs: 20, what: 'what never comes' })
  await assert.rejects(stuck, /gave up after 20 ms waiting for: what never comes/)
})
