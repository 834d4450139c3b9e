import net from 'node:net'
import { moment } from '../helpers/moment.js'

export interface Asked {
  /** A `moment()`. */
  readonly openedAt: number
  readonly waitedMs: number
  /** Who answered. */
  readonly pid: number
}

/** One request on a connection of its own, of one client among twenty. Rejects if there is no answer in time. */
export async function ask(port: number, number: number, timeoutMs: number, url = '/'): Promise<Asked> {
  const openedAt = moment()
  const socket = net.connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${1 + (number % 20)}` })
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer')))
  socket.write(`GET ${url} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += chunk
  const pid = Number(/x-pid: (\d+)/i.exec(text)?.[1])
  if (!(pid > 0)) throw new Error('closed without an answer')
  return { openedAt, waitedMs: moment() - openedAt, pid }
}

/** Asks at a constant rate, one connection after another, whatever becomes of those before. */
export class Asking {
  readonly #asked: Promise<Asked>[] = []
  readonly #timer: NodeJS.Timeout

  constructor(port: number, perSecond: number, timeoutMs: number) {
    this.#timer = setInterval(() => {
      const asked = ask(port, this.#asked.length, timeoutMs)
      asked.catch(() => {})
      this.#asked.push(asked)
    }, 1_000 / perSecond)
  }

  /** Resolves, when all have ended, with those that were answered, and the number of the others. */
  async end(): Promise<{ answered: Asked[]; failed: number }> {
    clearInterval(this.#timer)
    const ends = await Promise.allSettled(this.#asked)
    const answered = ends.flatMap((end) => (end.status === 'fulfilled' ? end.value : []))
    return { answered, failed: ends.length - answered.length }
  }
}
