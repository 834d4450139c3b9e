import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { Clock } from '@manifold/core'

/** How long two ends of one machine may take to find each other. */
const PAIR_MS = 2_000

/**
 * A connected pair of Unix sockets, neither of which has been read from. Node has no `socketpair`; so one end connects
 * to the other, in a directory that nobody else may enter and that is gone when this resolves.
 */
export async function socketPair(clock: Clock): Promise<[net.Socket, net.Socket]> {
  if (process.platform === 'win32') return connect(`\\\\.\\pipe\\manifold-${randomUUID()}`, clock)
  const directory = await mkdtemp(path.join(os.tmpdir(), 'manifold-'))
  try {
    return await connect(path.join(directory, 'link'), clock)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function connect(address: string, clock: Clock): Promise<[net.Socket, net.Socket]> {
  return new Promise((resolve, reject) => {
    const server = net.createServer({ pauseOnConnect: true })
    const near = new net.Socket()
    near.pause()
    let far: net.Socket | undefined
    const finish = () => {
      timer.cancel()
      server.close()
    }
    const fail = (error: Error) => {
      finish()
      near.destroy()
      far?.destroy()
      reject(error)
    }
    const timer = clock.after(PAIR_MS, () => fail(new Error(`no connection in ${PAIR_MS} ms`)))
    const judge = () => {
      if (!far || near.connecting) return
      finish()
      resolve([near, far])
    }
    server.on('error', fail)
    near.on('error', fail)
    near.on('connect', judge)
    server.on('connection', (socket) => {
      far = socket
      far.on('error', fail)
      judge()
    })
    server.listen(address, () => near.connect(address))
  })
}
