import { errorMonitor } from 'node:events'
import type { Server } from 'node:net'
import type { ListenQuery } from '../../node-internals.js'

/**
 * Stands in for the socket that a server did not get. Node finds out as it starts to listen on it, and fails as it
 * does without us: with the system call `listen` in the error, by which applications know what failed.
 */
export class Refusal {
  readonly #server: Server
  readonly #query: ListenQuery
  readonly #errno: number

  constructor(server: Server, query: ListenQuery, errno: number) {
    this.#server = server
    this.#query = query
    this.#errno = errno
  }

  listen(): number {
    const { address, port } = this.#query
    if (address === null && port) this.#server.once(errorMonitor, (error) => nameAddress(error, port))
    return this.#errno
  }

  close(): void {}
}

/** To a server that names no host, Node says in its error which address it tried last. */
function nameAddress(error: NodeJS.ErrnoException, port: number): void {
  const address = error.code === 'EADDRINUSE' ? '::' : '0.0.0.0'
  const correct = (text: string) => text.replace(`null:${port}`, `${address}:${port}`)
  error.message = correct(error.message)
  if (error.stack !== undefined) error.stack = correct(error.stack)
  Object.assign(error, { address })
}
