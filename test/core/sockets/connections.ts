import { once as onceOrError } from 'node:events'
import net from 'node:net'
import type { TestContext } from 'node:test'
import type { StreamHandle } from '@manifold/core/internal'
import { openDescriptors } from '../../helpers/leaks.js'
import { once, until } from '../../helpers/wait.js'

/** Connects, and stays connected until the test is over. Rejects with the error of the system. */
export async function connect(t: TestContext, to: net.NetConnectOpts): Promise<net.Socket> {
  const socket = net.connect(to)
  t.after(() => socket.destroy())
  await onceOrError(socket, 'connect', { signal: AbortSignal.timeout(10_000) })
  // Whoever accepts may close it without having read.
  socket.on('error', () => {})
  return socket
}

/** The code of the error with which connecting fails; undefined if it does not. */
export async function refusal(to: net.NetConnectOpts): Promise<string | undefined> {
  const socket = net.connect(to)
  return new Promise((resolve) => {
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
  })
}

/** Accepts on a held socket, as only workers do: counts the connections and closes each. */
export function accept(handle: StreamHandle): { readonly count: number } {
  const accepted = { count: 0 }
  handle.onconnection = (_status, connection) => {
    accepted.count++
    connection?.close()
  }
  handle.listen(511)
  return accepted
}

/** A server that runs elsewhere, as far as the sockets of this process are concerned. */
export async function listening(options: net.ListenOptions): Promise<net.Server & AsyncDisposable> {
  const server = net.createServer((connection) => connection.on('error', () => {}).end('theirs'))
  server.listen(options)
  await once(server, 'listening')
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return Object.assign(server, { [Symbol.asyncDispose]: close })
}

export function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port
}

/** Runs `action`, and waits until this process has no more descriptors than before. */
export async function leavesNothingOpen(action: () => Promise<unknown>): Promise<void> {
  const before = openDescriptors().length
  await action()
  await until(() => openDescriptors().length <= before, {
    what: () => `the end of ${openDescriptors().length - before} descriptors`,
  })
}
