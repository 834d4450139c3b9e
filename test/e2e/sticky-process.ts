/** The chat example as a process, and clients of it that come from different places. */

import { Agent } from 'node:http'
import { io, type Socket } from 'socket.io-client'
import { ExampleProcess } from './example-process.js'

export type Mark = 'address' | 'header' | 'cookie'

export const WORKERS = 4
const POLICY = 'sticky'

export class StickyProcess extends ExampleProcess {
  /** Where the page is, without a slash at its end. */
  url = ''

  static unchecked(...flags: string[]): StickyProcess {
    return new StickyProcess('sticky', flags)
  }

  static async by(mark: Mark): Promise<StickyProcess> {
    return StickyProcess.with('--policy', POLICY, '--workers', String(WORKERS), '--by', mark)
  }

  static async with(...flags: string[]): Promise<StickyProcess> {
    const chat = StickyProcess.unchecked('--port', '0', ...flags)
    const [, url] = await chat.started(/^Chat on (\S+)\/,/m)
    chat.url = url!
    return chat
  }
}

/** A client of the chat, that notes all it sees. */
export class ChatClient {
  readonly socket: Socket
  readonly heard: string[] = []
  /** Whatever interrupted it. */
  readonly troubles: string[] = []
  /** The slot of the worker that welcomed it last. */
  slot: number | undefined

  /** The n-th client is told from the others by the mark. Each of its requests comes on a connection of its own. */
  constructor(url: string, n: number, mark: Mark, transports: ('polling' | 'websocket')[]) {
    const extraHeaders = {
      address: {},
      header: { 'x-forwarded-for': `203.0.113.${n}, 127.0.0.1` },
      cookie: { cookie: `theme=dark; chat=client-${n}` },
    }[mark]
    const agent = new Agent(mark === 'address' ? { localAddress: `127.0.0.${n + 1}` } : {})
    // The types are those of the browser's variant, which knows no agents of this kind.
    this.socket = io(url, { transports, extraHeaders, agent: agent as never, forceNew: true })
    this.socket.on('welcome', ({ slot }) => {
      this.slot = slot
    })
    this.socket.on('said', ({ from, text }) => this.heard.push(`${from}: ${text}`))
    this.socket.on('disconnect', (reason) => this.troubles.push(reason))
    this.socket.on('connect_error', ({ message }) => this.troubles.push(message))
  }

  get transport(): string | undefined {
    return this.socket.io.engine?.transport.name
  }

  async say(from: string, text: string): Promise<void> {
    const { error } = await this.socket.timeout(10_000).emitWithAck('say', from, text)
    if (error !== undefined) throw new Error(error)
  }

  [Symbol.dispose](): void {
    this.socket.disconnect()
  }
}
