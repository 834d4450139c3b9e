import assert from 'node:assert/strict'
import net from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { HeldSocket, parseSocket, type StreamHandle } from '@manifold/core/internal'
import { FirstBytes } from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { until } from '../../helpers/wait.js'

const SILENT_MS = 60_000
const MOST_AT_ONCE = 256
const TIMEOUT_MS = 1_000

/** What became of a connection: the key that was found, and what was read. */
interface Read {
  readonly client: net.Socket
  readonly handle: StreamHandle
  readonly done: { readonly key: string | undefined; readonly head: string }[]
}

/** Connections of which the first line is their key, and which are read from as they come. */
class Bench {
  readonly clock = new FakeClock()
  /** What the search was given, in order. */
  readonly searched: string[] = []
  readonly firstBytes = new FirstBytes(
    (head) => {
      const text = head.toString()
      this.searched.push(text)
      const end = text.indexOf('\n')
      return end < 0 ? undefined : { key: text.slice(0, end) }
    },
    { maxBytes: 8, timeoutMs: TIMEOUT_MS },
    this.clock,
  )
  readonly #t: TestContext
  readonly #port: number
  readonly #accepted: StreamHandle[] = []

  private constructor(t: TestContext, held: HeldSocket) {
    this.#t = t
    const socket = held.handle as StreamHandle
    socket.onconnection = (_status, connection) => this.#accepted.push(connection!)
    assert.equal(socket.listen(MOST_AT_ONCE), 0)
    this.#port = held.address.type === 'tcp' ? held.address.port : 0
    t.after(() => {
      this.firstBytes.close()
      held.close()
    })
  }

  static async open(t: TestContext): Promise<Bench> {
    const spec = parseSocket('listen', { port: 0, host: '127.0.0.1' }, '/')
    return new Bench(t, await HeldSocket.hold('web', spec))
  }

  /** A client connects. */
  async read(): Promise<Read> {
    const client = net.connect(this.#port, '127.0.0.1').on('error', () => {})
    const handle = await until(() => this.#accepted.shift(), { what: 'a connection', intervalMs: 1 })
    assert.ok(handle)
    this.#t.after(() => {
      client.destroy()
      handle.close()
    })
    const read: Read = { client, handle, done: [] }
    this.firstBytes.read(handle, ({ key }, head) => read.done.push({ key, head: head.toString() }))
    return read
  }

  /** A client speaks, and is heard. */
  async say(read: Read, text: string): Promise<void> {
    const before = this.searched.length
    read.client.write(text)
    await until(() => this.searched.length > before, { what: 'what the client says', intervalMs: 1 })
  }
}

describe('the first bytes of a connection', () => {
  test('are read until they tell the client, however they come', async (t) => {
    const bench = await Bench.open(t)
    const read = await bench.read()
    await bench.say(read, 'an')
    assert.deepEqual(read.done, [])
    await bench.say(read, 'n\nHi')
    assert.deepEqual(read.done, [{ key: 'ann', head: 'ann\nHi' }])
    assert.deepEqual([bench.searched, bench.clock.pending], [['an', 'ann\nHi'], 0])
  })

  test('are not more than may be read', async (t) => {
    const bench = await Bench.open(t)
    const read = await bench.read()
    await bench.say(read, '1234567')
    assert.deepEqual(read.done, [])
    await bench.say(read, '8')
    assert.deepEqual([read.done, bench.clock.pending], [[{ key: undefined, head: '12345678' }], 0])
  })

  test('may take their time, which begins with the first of them', async (t) => {
    const bench = await Bench.open(t)
    const read = await bench.read()
    bench.clock.advance(SILENT_MS - 1)
    await bench.say(read, '1')
    bench.clock.advance(TIMEOUT_MS - 1)
    await bench.say(read, '2')
    assert.deepEqual(read.done, [])
    bench.clock.advance(1)
    assert.deepEqual([read.done, bench.clock.pending], [[{ key: undefined, head: '12' }], 0])
  })

  test('are awaited for a minute', async (t) => {
    const bench = await Bench.open(t)
    const read = await bench.read()
    bench.clock.advance(SILENT_MS - 1)
    assert.deepEqual(read.done, [])
    bench.clock.advance(1)
    assert.deepEqual(read.done, [{ key: undefined, head: '' }])
  })

  test('are none if the connection ends before; it goes on all the same', async (t) => {
    const bench = await Bench.open(t)
    const read = await bench.read()
    read.client.end()
    await until(() => read.done.length > 0, { what: 'the end', intervalMs: 1 })
    assert.deepEqual([read.done, bench.clock.pending], [[{ key: undefined, head: '' }], 0])
  })

  test('are of no use if the connection is reset, and nothing goes on', async (t) => {
    const bench = await Bench.open(t)
    const read = await bench.read()
    if (read.client.connecting) await new Promise((resolve) => read.client.once('connect', resolve))
    read.client.resetAndDestroy()
    await until(() => bench.clock.pending === 0, { what: 'the end', intervalMs: 1 })
    assert.deepEqual(read.done, [])
  })

  test('are all that have come if the connection ends', async (t) => {
    const bench = await Bench.open(t)
    const read = await bench.read()
    read.client.end('ann')
    await until(() => read.done.length > 0, { what: 'the end', intervalMs: 1 })
    assert.deepEqual(read.done, [{ key: undefined, head: 'ann' }])
  })

  test('are read of so many connections at one time: with one more, the oldest goes on', async (t) => {
    const bench = await Bench.open(t)
    const reads: Read[] = []
    for (let n = 0; n < MOST_AT_ONCE; n++) reads.push(await bench.read())
    await bench.say(reads[0]!, 'a')
    const done = () => reads.flatMap((read, index) => (read.done.length > 0 ? [index] : []))
    assert.deepEqual(done(), [])
    reads.push(await bench.read())
    assert.deepEqual([done(), reads[0]!.done], [[0], [{ key: undefined, head: 'a' }]])
    await bench.say(reads[1]!, 'b\n')
    reads.push(await bench.read())
    assert.deepEqual(done(), [0, 1])
    bench.firstBytes.close()
    assert.ok(reads.every((read) => read.done.length === 1))
    assert.equal(bench.clock.pending, 0)
  })
})
