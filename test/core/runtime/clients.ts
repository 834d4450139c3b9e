import dgram from 'node:dgram'
import net from 'node:net'
import { once, until } from '../../helpers/wait.js'

const PATIENCE_MS = 10_000

/** Connects, and resolves with the pid of the process that accepted. The connection stays open until `release`. */
export async function greeted(where: net.NetConnectOpts): Promise<{ pid: number; release(): Promise<void> }> {
  const socket = net.connect(where)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const greeting = await new Promise((resolve, reject) => {
    socket.once('data', resolve)
    socket.once('error', reject)
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('nobody accepted the connection')))
  })
  const release = () => {
    socket.end()
    return closed
  }
  return { pid: Number(greeting), release }
}

/** The pid of the process that accepts one connection. */
export async function pidBehind(where: net.NetConnectOpts): Promise<number> {
  const { pid, release } = await greeted(where)
  await release()
  return pid
}

/** Connects until all of these processes have accepted a connection; everybody else is one too many. */
export async function reachAll(where: net.NetConnectOpts, pids: Iterable<number | undefined>): Promise<void> {
  const missing = new Set(pids)
  const expected = new Set(missing)
  await until(
    async () => {
      // Several at once: a socket that all workers accept on gives most of them to whoever wakes up first.
      const visits = await Promise.all(Array.from({ length: 8 }, () => greeted(where)))
      for (const { pid } of visits) {
        if (!expected.has(pid)) throw new Error(`process ${pid} should not have accepted`)
        missing.delete(pid)
      }
      await Promise.all(visits.map(({ release }) => release()))
      return missing.size === 0
    },
    { what: () => `a connection to ${[...missing].join(', ')}`, intervalMs: 0 },
  )
}

/** Connects until it is refused: an address is not always given back in the same moment. */
export async function refused(where: net.NetConnectOpts): Promise<void> {
  await until(
    async () => {
      const socket = net.connect(where)
      const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
        socket.once('error', resolve)
        socket.once('connect', () => resolve(undefined))
      })
      socket.destroy()
      return error?.code === 'ECONNREFUSED' || error?.code === 'ENOENT'
    },
    { what: `the refusal of connections to ${JSON.stringify(where)}` },
  )
}

/** Sends a datagram, and resolves with the pid of the process that answers it. */
export async function pidOfDatagram(port: number, type: dgram.SocketType = 'udp4'): Promise<number> {
  const client = dgram.createSocket(type)
  try {
    client.send('hello', port, type === 'udp4' ? '127.0.0.1' : '::1')
    const [answer] = await once<[Buffer]>(client, 'message')
    return Number(answer)
  } finally {
    client.close()
  }
}
