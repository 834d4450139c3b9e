import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'

/** Below the range from which the system takes the ports that nobody asks for by number. */
const LOWEST = 12_000
const HIGHEST = 32_000

/** A port on which nobody listens, by TCP or UDP, on any address. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    const taken = await take(port).catch(() => undefined)
    if (!taken) continue
    await taken.release()
    return port
  }
}

export interface TakenPort {
  readonly port: number
  release(): Promise<void>
}

/** Listens on a free port, by TCP and UDP, on every address. Clients are told nothing. */
export async function takePort(): Promise<TakenPort> {
  for (;;) {
    const port = await freePort()
    const taken = await take(port).catch(() => undefined)
    if (taken) return taken
  }
}

async function take(port: number): Promise<TakenPort> {
  const server = net.createServer((socket) => socket.destroy())
  const udp = dgram.createSocket('udp6')
  const release = async () => {
    const closed = [once(server, 'close'), once(udp, 'close')]
    server.close()
    udp.close()
    await Promise.all(closed)
  }
  server.listen({ port, exclusive: true })
  try {
    await once(server, 'listening')
    udp.bind({ port, exclusive: true })
    await once(udp, 'listening')
    return { port, release }
  } catch (error) {
    server.once('error', () => {})
    await release().catch(() => {})
    throw error
  }
}
