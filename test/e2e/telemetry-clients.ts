/** Real clients of the telemetry example, and one that goes on and on while things break. */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { get } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { PATIENCE_MS } from './example-process.js'
import type { Address } from './telemetry-process.js'

export async function sendUdp({ host, port }: Address, ...datagrams: string[]): Promise<void> {
  const socket = createSocket('udp4')
  try {
    for (const datagram of datagrams) {
      await new Promise<void>((resolve, reject) => {
        socket.send(datagram, port, host, (error) => (error === null ? resolve() : reject(error)))
      })
    }
  } finally {
    socket.close()
  }
}

/** Resolves when the other side has hung up too, which it does when it has read everything. */
export async function sendTcp({ host, port }: Address, text: string): Promise<void> {
  const socket = connect(port, host).setTimeout(PATIENCE_MS)
  socket.on('timeout', () => socket.destroy(new Error('TIMEOUT')))
  const closed = once(socket.resume(), 'close')
  socket.end(text)
  await closed
}

/** A request on a connection of its own. */
export async function getOnce(url: string): Promise<void> {
  const request = get(url, { agent: false, timeout: PATIENCE_MS })
  request.on('timeout', () => request.destroy(new Error('TIMEOUT')))
  const [response] = await once(request, 'response')
  await once(response.resume(), 'end')
  if (response.statusCode !== 200) throw new Error(`STATUS ${response.statusCode}`)
}

/** A request on a connection that is kept, and used again. */
export async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })
  const text = await response.text()
  if (!response.ok) throw new Error(`STATUS ${response.status} ${text}`)
  return text
}

/** Does one thing over and over, and keeps count of what became of it. */
export class Client {
  readonly name: string
  readonly failures: string[] = []
  served = 0
  readonly #attempt: () => Promise<unknown>
  readonly #running: Promise<void>
  #stopped = false

  constructor(name: string, attempt: () => Promise<unknown>) {
    this.name = name
    this.#attempt = attempt
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#attempt()
        this.served += 1
      } catch (error) {
        this.failures.push(failure(error as Error))
      }
      // A pace, not a wait: the machine has other things to do.
      await sleep(5)
    }
  }
}

/** The code of an error, which fetch hides in the cause. */
function failure(error: Error & { code?: unknown }): string {
  const { code } = (error.cause ?? {}) as { code?: unknown }
  return String(code ?? (typeof error.code === 'string' ? error.code : error.message))
}
