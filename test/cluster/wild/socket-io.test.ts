import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { ChatClient } from './chat-client.js'
import { type Flavour, flavours, OURS, Program } from './program.js'

const WORKERS = 3
/** How often a client may try, and how long one try may take. */
const ENTRIES = 3
const ENTRY_MS = 5_000
const STARTED = /^Worker (\d+) started$/m

const before = snapshot()
after(() => assertNoLeaks(before))

const READMES = ['socket-io.cjs', 'socket-io-first.mjs', 'socket-io-last.mjs']
const variants: [file: string, cluster: Flavour][] = [
  ...flavours.flatMap((cluster) => READMES.map((file): [string, Flavour] => [file, cluster])),
  ...flavours
    .filter((cluster) => cluster === OURS)
    .map((cluster): [string, Flavour] => ['socket-io-policy.cjs', cluster]),
]

for (const [file, cluster] of variants) {
  describe(`${file} under ${cluster}`, () => {
    it('polling, upgraded and WebSocket clients of all workers are one chat', async () => {
      await using program = new Program(file, cluster, { PORT: '0', WORKERS: String(WORKERS) })
      const workers = (await program.prints(STARTED, WORKERS)).map(Number)
      using chat = await Chat.enter(program)
      const { clients } = chat
      const first = clients[0]!

      assert.deepEqual(
        clients.map(({ transport }) => transport),
        ['polling', 'websocket', 'websocket', 'polling', 'websocket', 'websocket'],
      )
      for (const { pid } of clients) assert.ok(workers.includes(pid!))
      assert.ok(new Set(clients.map(({ pid }) => pid)).size > 1, 'all are with one worker')

      // Each poll and each post is a request, and most come by a connection of their own.
      for (let n = 0; n < 5; n++) {
        const texts = clients.map((_, k) => `${k} ${n}`)
        assert.deepEqual(await Promise.all(clients.map((client, k) => client.ask('echo', texts[k]))), texts)
      }
      const long = 'long '.repeat(50_000)
      assert.deepEqual(
        await Promise.all(clients.map((client) => client.ask('echo', long))),
        clients.map(() => long),
      )

      first.socket.emit('say', 'to all')
      await chat.heard('to all', clients)
      first.socket.emit('say-others', 'to all others')
      await chat.heard('to all others', clients.slice(1))
      first.socket.emit('say-room', 'room-1', 'to odd ones')
      await chat.heard('to odd ones', [clients[1]!, clients[3]!, clients[5]!])

      const picture = Buffer.from([0, 1, 2, 253, 254, 255])
      first.socket.emit('draw', picture)
      await program.until('all see the picture', () => clients.every(({ drawn }) => drawn.length > 0))
      for (const { drawn } of clients) assert.deepEqual(drawn, [picture])

      const ids = clients.map(({ socket }) => socket.id)
      for (const client of clients) {
        assert.deepEqual((await client.ask<string[]>('count')).toSorted(), ids.toSorted())
      }
      const others = workers.filter((pid) => pid !== first.pid)
      assert.deepEqual((await first.ask<number[]>('others')).toSorted(), others.toSorted())
      const answers = await first.ask<string[]>('ask-all')
      assert.deepEqual(answers.toSorted(), clients.map((_, n) => String(n)).toSorted())

      await first.ask('move', 'room-0', 'room-1')
      first.socket.emit('say-room', 'room-1', 'to who has moved')
      await chat.heard('to who has moved', clients)

      assert.deepEqual(chat.troubles, [])
      assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
      assert.equal(program.stderr, '')
    })

    // The rest does not depend on how the libraries came to their cluster.
    if (file.endsWith('.mjs')) return

    it('clients of a killed worker come back to another, and the chat goes on', async () => {
      await using program = new Program(file, cluster, { PORT: '0', WORKERS: String(WORKERS) })
      await program.prints(STARTED, WORKERS)
      using chat = await Chat.enter(program)
      const { clients } = chat
      const victim = clients[0]!.pid!
      const lost = clients.filter(({ pid }) => pid === victim)
      process.kill(victim, 'SIGKILL')
      await program.prints(new RegExp(`^Worker ${victim} died$`, 'm'))
      await program.prints(STARTED, WORKERS + 1)
      await program.until('they are back', () =>
        lost.every(({ socket, pid }) => socket.connected && pid !== victim),
      )
      for (const client of clients) {
        if (!lost.includes(client)) assert.deepEqual(client.troubles, [])
      }
      // A policy may have sent it to a sibling meanwhile, whose session it has to give up.
      await program.until('it is answered again', () =>
        clients[0]!.ask('echo', 'hello').catch(() => undefined),
      )
      clients[0]!.socket.emit('say', 'here I am again')
      await chat.heard('here I am again', clients)
      assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
      assert.equal(program.stderr, '')
    })

    it('all clients of a room are disconnected, wherever they are', async () => {
      await using program = new Program(file, cluster, { PORT: '0', WORKERS: String(WORKERS) })
      await program.prints(STARTED, WORKERS)
      using chat = await Chat.enter(program)
      const { clients } = chat
      clients[0]!.socket.emit('expel', 'room-1')
      const odd = clients.filter((_, n) => n % 2 === 1)
      await program.until('they are out', () => odd.every(({ socket }) => !socket.connected))
      for (const { troubles } of odd) assert.deepEqual(troubles, ['io server disconnect'])
      const even = clients.filter((_, n) => n % 2 === 0)
      clients[0]!.socket.emit('say', 'we are left')
      await chat.heard('we are left', even)
      assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
    })
  })
}

class Chat implements Disposable {
  readonly clients: ChatClient[] = []
  readonly #program: Program

  private constructor(program: Program) {
    this.#program = program
  }

  /** One after another: who comes while nobody is counted yet goes to the same worker as all others. */
  static async enter(program: Program): Promise<Chat> {
    const [port] = await program.prints(/^listening on (\d+)$/m)
    const chat = new Chat(program)
    try {
      for (let n = 0; n < 6; n++) await chat.#admit(Number(port), n)
      return chat
    } catch (error) {
      const troubles = chat.troubles.join('\n')
      chat[Symbol.dispose]()
      throw new Error(`${(error as Error).message}\n${troubles}`, { cause: error })
    }
  }

  /**
   * The primary of @socket.io/sticky may read, and lose, what a WebSocket says while it is on its way to its worker: it
   * goes on reading until the worker has it. Such a client comes again.
   */
  async #admit(port: number, n: number): Promise<void> {
    const kinds = [['polling'], ['polling', 'websocket'], ['websocket']] as const
    for (let tries = 1; ; tries++) {
      const client = new ChatClient(port, n, [...kinds[n % 3]!])
      this.clients[n] = client
      try {
        await this.#program.until(`${n} is in`, () => client.isSettled, ENTRY_MS)
        assert.equal(await client.ask('echo', 'hello'), 'hello')
        // It may have come again by itself.
        client.troubles.length = 0
        return
      } catch (error) {
        if (tries === ENTRIES) throw error
        client[Symbol.dispose]()
      }
    }
  }

  get troubles(): string[] {
    return this.clients.flatMap(({ troubles }) => troubles)
  }

  /** Each of them once, and so far nobody else. */
  async heard(text: string, by: readonly ChatClient[]): Promise<void> {
    await this.#program.until(`they hear ${text}`, () => by.every(({ heard }) => heard.includes(text)))
    for (const client of this.clients) {
      const times = client.heard.filter((other) => other === text).length
      assert.equal(times, by.includes(client) ? 1 : 0)
    }
  }

  [Symbol.dispose](): void {
    for (const client of this.clients) client[Symbol.dispose]()
  }
}
