import { Agent } from 'node:http'
import { io, type Socket } from 'socket.io-client'

type Transport = 'polling' | 'websocket'

/** A client of the chats, that notes all it sees. */
export class ChatClient implements Disposable {
  readonly socket: Socket
  readonly heard: string[] = []
  readonly drawn: Buffer[] = []
  /** Whatever interrupted it. */
  readonly troubles: string[] = []
  /** The process that welcomed it last. */
  pid: number | undefined
  readonly #last: Transport

  /** The n-th client comes from an address of its own. */
  constructor(port: number, n: number, transports: Transport[]) {
    this.#last = transports.at(-1)!
    const agent = new Agent({ localAddress: `127.0.0.${n + 1}` })
    this.socket = io(`http://127.0.0.1:${port}`, {
      transports,
      query: { room: `room-${n % 2}` },
      // The types are those of the browser's variant, which knows no agents of this kind.
      agent: agent as never,
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
    })
    this.socket.on('welcome', (pid: number) => {
      this.pid = pid
    })
    this.socket.on('said', (text: string) => this.heard.push(text))
    this.socket.on('drawn', (picture: Buffer) => this.drawn.push(picture))
    this.socket.on('question', (reply: (answer: string) => void) => reply(`${n}`))
    this.socket.on('disconnect', (reason) => this.troubles.push(reason))
    this.socket.on('connect_error', ({ message }) => this.troubles.push(message))
  }

  get transport(): string | undefined {
    return this.socket.io.engine?.transport.name
  }

  /** Whether it has been welcomed, and has come to the last of its transports. */
  get isSettled(): boolean {
    return this.pid !== undefined && this.socket.connected && this.transport === this.#last
  }

  /** Resolves with the answer, within bounds. */
  ask<T>(event: string, ...args: unknown[]): Promise<T> {
    return this.socket.timeout(5_000).emitWithAck(event, ...args)
  }

  [Symbol.dispose](): void {
    this.socket.disconnect()
  }
}
