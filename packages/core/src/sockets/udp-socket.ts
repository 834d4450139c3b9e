import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { SocketError } from '../errors.js'
import { stopReceiving } from '../node-internals.js'
import { DEFAULT_BACKLOG, formatSpec, type SocketSpec } from './address.js'
import type { Bound } from './bound.js'
import { inet, resolveHost } from './inet.js'
import { errnoOf, socketError } from './system-error.js'

async function bindUdp(name: string, spec: SocketSpec & { type: 'udp' }): Promise<Bound> {
  const where = formatSpec(spec)
  const address = await resolveHost(name, where, spec.host, spec.family)
  const family = address === null ? spec.family : net.isIP(address)
  const socket = dgram.createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: spec.ipv6Only,
    reuseAddr: spec.reuseAddr,
    ...(spec.recvBufferBytes === undefined ? {} : { recvBufferSize: spec.recvBufferBytes }),
    ...(spec.sendBufferBytes === undefined ? {} : { sendBufferSize: spec.sendBufferBytes }),
  })
  return startUdp(name, where, socket, spec.ipv6Only, () =>
    socket.bind({ port: spec.port, exclusive: true, ...(address === null ? {} : { address }) }),
  )
}

/** A worker whose master was killed keeps its socket for as long as it may still answer (`runtime/drain/udp.ts`). */
const ORPHAN_MS = 700
const RETRY_MS = 50

/** Waits a little for an address that may be about to become free. */
export async function holdUdp(name: string, spec: SocketSpec & { type: 'udp' }): Promise<Bound> {
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    try {
      return await bindUdp(name, spec)
    } catch (error) {
      const inUse = error instanceof SocketError && error.systemCode === 'EADDRINUSE'
      if (!inUse || waitedMs >= ORPHAN_MS) throw error
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}

/** @param bind gives the socket its address, or a descriptor that has one. */
export async function startUdp(
  name: string,
  where: string,
  socket: dgram.Socket,
  ipv6Only: boolean,
  bind: () => void,
): Promise<Bound> {
  try {
    const listening = once(socket, 'listening')
    bind()
    await listening
  } catch (error) {
    socket.close()
    const { errno = errnoOf('EINVAL') } = error as NodeJS.ErrnoException
    throw socketError(name, where, errno)
  }
  const handle = stopReceiving(socket)
  socket.unref()
  return {
    address: inet('udp', socket.address()),
    handle,
    ...{ backlog: DEFAULT_BACKLOG, ipv6Only, reusePort: false },
    release: () => socket.close(),
  }
}
