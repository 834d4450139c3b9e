import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GroupOptions, SocketAddress } from '@manifold/groups'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { until } from '../../helpers/wait.js'
import { fixture } from '../service.js'
import { Replacement } from './replacement.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const DONE = { type: 'exited', code: 0, asked: true }

describe('a TCP worker that drains', { concurrency: true }, () => {
  const tcp: GroupOptions = { exec: fixture('apps/tcp-echo'), keepAliveGraceMs: 100 }

  /** Says something, and resolves with what comes back. */
  async function say(client: net.Socket, text: string): Promise<string> {
    client.write(text)
    const [chunk] = (await once(client, 'data')) as [Buffer]
    return chunk.toString().trim()
  }

  it('waits for its clients, as long as they are', async () => {
    await using replacement = await Replacement.of(tcp)
    const { port, old } = replacement
    const client = net.connect(port, '127.0.0.1')
    // One that never says a word: it may be waiting for the server to speak.
    const listening = net.connect(port, '127.0.0.1').resume()
    assert.equal(await say(client, 'pid'), String(old.pid))
    const { ended } = await replacement.begin()
    await sleep(700)
    assert.equal(await say(client, 'still there?'), 'still there?')
    assert.equal(listening.destroyed, false)
    for (const socket of [client, listening]) socket.end()
    const { reason, afterMs } = await ended
    assert.deepEqual([reason, old.destroyedConnections], [DONE, 0])
    assert.ok(afterMs > 650, `gone after ${afterMs} ms`)
  })

  it('cuts them off at the deadline, and says how many', async () => {
    await using replacement = await Replacement.of({ ...tcp, drainTimeoutMs: 300 })
    const { port, old } = replacement
    const clients = Array.from({ length: 3 }, () => net.connect(port, '127.0.0.1'))
    for (const client of clients) assert.equal(await say(client, 'pid'), String(old.pid))
    const closed = clients.map((client) => once(client.resume(), 'close'))
    const { ended } = await replacement.begin()
    await Promise.all(closed)
    const { reason, afterMs } = await ended
    assert.deepEqual([reason, old.destroyedConnections], [DONE, 3])
    assert.ok(afterMs > 250 && afterMs < 5_000, `gone after ${afterMs} ms`)
  })
})

describe('a UDP worker that drains', { concurrency: true }, () => {
  for (const [name, app] of [
    ['at once', 'apps/udp-echo'],
    ['late', 'services/answers-late'],
  ] as const) {
    it(`loses no datagram, where the application answers ${name}`, async () => {
      const listen = { udp: { udp: 0, host: '127.0.0.1' } }
      await using replacement = await Replacement.of({ exec: fixture(app), listen })
      const udp = replacement.service.group.address('udp') as SocketAddress & { port: number }
      const answers = new Set<string>()
      const client = dgram.createSocket('udp4')
      client.on('message', (message) => answers.add(message.toString().split(' ').at(-1)!))
      let sent = 0
      const timer = setInterval(() => client.send(`${sent++}`, udp.port, '127.0.0.1'), 2)
      await until(() => answers.size > 10, { what: 'first answers' })
      const { ended } = await replacement.begin()
      assert.deepEqual((await ended).reason, DONE)
      clearInterval(timer)
      await until(() => answers.size === sent, { what: () => `${sent} answers, there are ${answers.size}` })
      client.close()
    })
  }
})
