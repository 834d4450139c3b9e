import assert from 'node:assert/strict'
import { get, type IncomingMessage } from 'node:http'
import { describe, it } from 'node:test'
import { once } from '../helpers/wait.js'
import { isAlive, until } from './example-process.js'
import { ChatClient, type Mark, StickyProcess, WORKERS } from './sticky-process.js'

const CLIENTS = Array.from({ length: 20 }, (_, index) => index + 1)

/** Connects them all, and disconnects them when the scope ends. */
async function connected(
  url: string,
  mark: Mark,
  transports: ('polling' | 'websocket')[],
): Promise<ChatClient[] & Disposable> {
  const clients = CLIENTS.map((n) => new ChatClient(url, n, mark, transports))
  const dispose = () => clients.forEach((client) => void client[Symbol.dispose]())
  try {
    await until('all are welcome', () => clients.every(({ slot }) => slot !== undefined) || undefined)
  } catch (error) {
    dispose()
    throw error
  }
  return Object.assign(clients, { [Symbol.dispose]: dispose })
}

/** A request on a connection of its own. */
async function fetchText(url: string, headers = {}): Promise<{ response: IncomingMessage; text: string }> {
  const [response] = await once<[IncomingMessage]>(get(url, { agent: false, headers }), 'response')
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { response, text }
}

describe('the chat example', () => {
  for (const mark of ['address', 'header', 'cookie'] as const) {
    it(`serves clients that poll, told apart by their ${mark}`, async () => {
      await using chat = await StickyProcess.by(mark)
      using clients = await connected(chat.url, mark, ['polling'])
      const slots = new Set(clients.map(({ slot }) => slot))
      assert.ok(slots.size >= Math.min(WORKERS, 2), `they are with ${slots.size} workers`)

      await Promise.all(clients.map((client, index) => client.say(`client ${index}`, 'hello')))
      const all = clients.map((_, index) => `client ${index}: hello`).sort()
      await until('everyone has heard everyone', () => {
        return clients.every(({ heard }) => heard.length >= all.length) || undefined
      })
      for (const client of clients) {
        assert.deepEqual(client.heard.toSorted(), all)
        assert.deepEqual(client.troubles, [])
        assert.equal(client.transport, 'polling')
      }
      chat.ctrlC()
      assert.deepEqual(await chat.ended(), { code: 0, signal: null })
      assert.deepEqual(chat.workerPids.filter(isAlive), [])
      assert.equal(chat.stderr, '')
    })
  }

  it('takes them from polling to a WebSocket, and on to another worker when theirs is killed', async () => {
    await using chat = await StickyProcess.by('address')
    using clients = await connected(chat.url, 'address', ['polling', 'websocket'])
    await until('all are upgraded', () => {
      return clients.every(({ transport }) => transport === 'websocket') || undefined
    })
    for (const { troubles } of clients) assert.deepEqual(troubles, [])

    process.kill(chat.workerPids[0]!, 'SIGKILL')
    await until('its clients have noticed', () => {
      return clients.some(({ troubles }) => troubles.length > 0) || undefined
    })
    await until('everyone has heard something since', async () => {
      // Not everybody is connected again each time; and who speaks may itself be cut off.
      await clients[0]!.say('client 0', 'still there?').catch(() => {})
      return clients.every(({ heard }) => heard.length > 0) || undefined
    })
  })

  it('would fail to poll if its requests were spread over the workers', async () => {
    await using chat = await StickyProcess.with('--policy', 'round-robin')
    const polling = `${chat.url}/socket.io/?EIO=4&transport=polling`
    const { text: handshake } = await fetchText(polling)
    const { sid } = JSON.parse(handshake.slice(1))
    const { response, text } = await fetchText(`${polling}&sid=${sid}`)
    assert.equal(response.statusCode, 400)
    assert.match(text, /Session ID unknown/)
  })

  it('marks a browser once, and has it come back on another connection', async () => {
    await using chat = await StickyProcess.with('--policy', 'round-robin')
    const first = await fetchText(`${chat.url}/`, { connection: 'keep-alive' })
    assert.match(first.text, /<title>Manifold chat/)
    assert.match(first.response.headers['set-cookie']?.[0] ?? '', /^chat=[\w-]{36}; /)
    assert.equal(first.response.headers.connection, 'close')

    const headers = { connection: 'keep-alive', cookie: 'theme=dark; chat=1' }
    const { response } = await fetchText(`${chat.url}/`, headers)
    assert.equal(response.headers['set-cookie'], undefined)
    assert.equal(response.headers.connection, 'keep-alive')
    assert.equal((await fetchText(`${chat.url}/nowhere`)).response.statusCode, 404)
  })

  it('keeps no connection on which a session began, or that led astray', async () => {
    await using chat = await StickyProcess.by('address')
    const keepAlive = { connection: 'keep-alive' }
    const polling = `${chat.url}/socket.io/?EIO=4&transport=polling`
    const begun = await fetchText(polling, keepAlive)
    assert.match(begun.text, /^0\{"sid":/)
    assert.equal(begun.response.headers.connection, 'close')
    const lost = await fetchText(`${polling}&sid=unknown`, keepAlive)
    assert.equal(lost.response.statusCode, 400)
    assert.equal(lost.response.headers.connection, 'close')
  })

  it('refuses what is no message', async () => {
    await using chat = await StickyProcess.by('address')
    using client = new ChatClient(chat.url, 1, 'address', ['websocket'])
    await assert.rejects(client.say('', 'hello'), /A name and a text/)
    await assert.rejects(client.say('me', 'x'.repeat(501)), /A name and a text/)
    await client.say('me', 'hello')
    await until('only that is told', () => client.heard.length > 0 || undefined)
    assert.deepEqual(client.heard, ['me: hello'])
  })

  it('says what is wrong with its flags, and explains them', async () => {
    for (const [flag, value, message] of [
      ['--policy', 'kernal', /^sticky: --policy must be one of sticky, .* but is 'kernal'\nTry --help\.\n$/],
      ['--by', 'name', /--by must be one of address, header, cookie, but is 'name'/],
      ['--host', 'localhost', /--host must be an IPv4 address/],
      ['--workers', '0', /--workers must be a whole number from 1 to 64/],
    ] as const) {
      await using chat = StickyProcess.unchecked(flag, value)
      assert.deepEqual(await chat.ended(), { code: 2, signal: null })
      assert.match(chat.stderr, message)
    }
    await using chat = StickyProcess.unchecked('--help')
    assert.deepEqual(await chat.ended(), { code: 0, signal: null })
    assert.match(chat.stdout, /^Usage: .*--policy <name>/s)
  })
})
