import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import type { Deposit, Handle } from '@manifold/core/internal'
import type { SocketStatus } from '@manifold/groups'
import { assertNoLeaks, isAlive, snapshot } from '../helpers/leaks.js'
import { once, until } from '../helpers/wait.js'
import { KeptMaster } from './keeper.js'
import { fixture, signal } from './service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

type Sockets = Record<string, SocketStatus>

/** Everything that a guardian has. */
class Keeping implements AsyncDisposable {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'kept-'))
  readonly file = path.join(this.directory, 'web.sock')
  readonly kept = new Map<string, [Deposit, Handle]>()
  readonly masters: KeptMaster[] = []

  master(policy: 'auto' | 'round-robin', workers = 2): KeptMaster {
    const udp = { udp: 0, host: '127.0.0.1' }
    const listen = { http: { port: 0, host: '127.0.0.1' }, local: { path: this.file }, udp }
    const exec = fixture('guarded/every-kind').href
    const web = { exec, workers, policy, listen, args: [this.file], keepAliveGraceMs: 100 }
    const master = new KeptMaster({ groups: { web } }, this.directory, this.kept)
    this.masters.push(master)
    return master
  }

  get pids(): number[] {
    return this.masters.flatMap((master) => [master.process.pid!, ...master.workers])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const master of this.masters) {
      master.lifeline.destroy()
      if (master.process.connected) master.process.disconnect()
      if (isAlive(master.process.pid!)) signal(master.process.pid, 'SIGTERM')
    }
    await until(() => !this.pids.some(isAlive), { what: 'the end of all', timeoutMs: 30_000 })
    for (const [, handle] of this.kept.values()) handle.close()
    rmSync(this.directory, { recursive: true })
  }
}

function get(options: http.RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.get({ ...options, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(Number(text)))
    })
    request.on('error', reject)
  })
}

async function ask(port: number): Promise<number> {
  const socket = dgram.createSocket('udp4')
  try {
    const answer = once<[Buffer]>(socket, 'message')
    socket.send('who', port, '127.0.0.1')
    return Number(String((await answer)[0]))
  } finally {
    socket.close()
  }
}

/** Who answers on the four sockets. */
function everyone(sockets: Sockets, file: string): Promise<number[]> {
  const ports = portsOf(sockets)
  return Promise.all([
    ...ports.tcp.map((port) => get({ port, host: '127.0.0.1' })),
    get({ socketPath: file }),
    ask(ports.udp[0]!),
  ])
}

function portsOf(sockets: Sockets): { tcp: number[]; udp: number[] } {
  const of = (type: 'tcp' | 'udp') =>
    Object.values(sockets).flatMap(({ address }) => (address.type === type ? [address.port] : []))
  return { tcp: of('tcp').toSorted(), udp: of('udp') }
}

describe('a master that follows a killed one', { concurrency: true }, () => {
  for (const [first, second] of [
    ['auto', 'auto'],
    ['round-robin', 'auto'],
  ] as const) {
    it(`has all its sockets (${first}, then ${second})`, async () => {
      await using keeping = new Keeping()
      const one = keeping.master(first, 3)
      const sockets = await one.serves()
      await everyone(sockets, keeping.file)
      process.kill(one.process.pid!, 'SIGKILL')
      await one.ended
      // Its workers serve on, and nothing of the path is gone with it.
      assert.ok((await everyone(sockets, keeping.file)).every((pid) => one.workers.has(pid)))
      const ids = new Set([...keeping.kept.values()].map(([{ id }]) => id))
      const two = keeping.master(second, 2)
      const again = await two.serves()
      assert.deepEqual(portsOf(again), portsOf(sockets))
      assert.equal(two.said.filter((word) => word === 'take').length, ids.size)
      assert.ok(
        (await everyone(again, keeping.file)).every((pid) => one.workers.has(pid) || two.workers.has(pid)),
      )
      one.lifeline.end()
      await until(() => ![...one.workers].some(isAlive), { what: 'the end of the old workers' })
      for (let turn = 0; turn < 8; turn++)
        assert.ok((await everyone(again, keeping.file)).every((pid) => two.workers.has(pid)))
    })
  }

  it('binds a path again whose file somebody has removed', async () => {
    await using keeping = new Keeping()
    const one = keeping.master('auto')
    await one.serves()
    process.kill(one.process.pid!, 'SIGKILL')
    await one.ended
    rmSync(keeping.file)
    const two = keeping.master('auto')
    await everyone(await two.serves(), keeping.file)
  })
})

describe('a guarded master', { concurrency: true }, () => {
  for (const cause of ['stop', 'replace'] as const) {
    it(`ends when it is told to (${cause}), and leaves what it holds to the guardian`, async () => {
      await using keeping = new Keeping()
      const master = keeping.master('auto')
      const sockets = await master.serves()
      process.kill(master.process.pid!, 'SIGINT')
      await once(master, 'beat')
      await everyone(sockets, keeping.file)
      master.tell(cause)
      assert.deepEqual(await master.ended, [0, null])
      assert.equal(master.said.includes('withdraw'), false)
      const words = ['begun', 'settled', 'stopping'] as const
      assert.deepEqual(
        master.said.filter((word) => words.includes(word as 'begun')),
        words,
      )
      assert.ok(existsSync(keeping.file))
    })
  }

  it('and its successor serve at once, and who connects meanwhile is served', async () => {
    await using keeping = new Keeping()
    const one = keeping.master('round-robin')
    const sockets = await one.serves()
    const two = keeping.master('auto')
    await two.serves()
    const served = Array.from({ length: 20 }, () => everyone(sockets, keeping.file))
    one.tell('replace')
    await Promise.all(served)
    await one.ended
    assert.ok((await everyone(sockets, keeping.file)).every((pid) => two.workers.has(pid)))
  })

  it('whose guardian is gone serves on, and leaves nothing behind when it stops', async () => {
    await using keeping = new Keeping()
    const master = keeping.master('auto')
    const sockets = await master.serves()
    const lost = once(master, 'lost')
    master.lifeline.destroy()
    master.hangUp()
    await lost
    await everyone(sockets, keeping.file)
    process.kill(master.process.pid!, 'SIGTERM')
    assert.deepEqual(await master.ended, [0, null])
    assert.equal(existsSync(keeping.file), false)
  })
})
