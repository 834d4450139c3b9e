import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { ManifoldError, type SocketAddress, SocketError } from '@manifold/core'
import {
  errnoOf,
  formatSpec,
  guardianLink,
  HeldSocket,
  listenOn,
  log,
  type SocketSpec,
  type StreamHandle,
} from '@manifold/core/internal'
import { answer, type Routes } from './answer.js'

const debug = log('endpoint')

/** The endpoints are for a scraper, a load balancer and a person: more than that is no use of theirs. */
const MAX_CONNECTIONS = 64
const MAX_HEADER_BYTES = 8_192
/** How long a client may take to ask, or to read on, in ms. */
const REQUEST_MS = 5_000
const IDLE_MS = 10_000

/**
 * The HTTP server of a master. It binds in the background, does not keep the process alive, and whatever it is sent
 * costs little: it reads no bodies, and bounds connections, heads and times.
 */
export class Endpoint {
  readonly #spec: SocketSpec
  readonly #routes: Routes
  readonly #listening: Promise<SocketAddress>
  #server: Server | undefined
  #socket: HeldSocket | undefined
  #closed = false

  constructor(spec: SocketSpec, routes: Routes) {
    this.#spec = spec
    this.#routes = routes
    this.#listening = this.#listen()
    this.#listening.catch((error) => debug('%o', error))
  }

  /**
   * Where it listens.
   *
   * @throws {SocketError} if it cannot.
   * @throws {ManifoldError} `ERR_MANIFOLD_STOPPED` if it was closed before it did.
   */
  listening(): Promise<SocketAddress> {
    return this.#listening
  }

  /** Cuts off who is connected. Idempotent. */
  close(): void {
    this.#closed = true
    this.#server?.close()
    this.#server?.closeAllConnections()
    this.#server = undefined
    this.#socket?.close()
    this.#socket = undefined
  }

  async #listen(): Promise<SocketAddress> {
    const socket = await hold(this.#spec)
    if (this.#closed) {
      socket.close()
      throw stopped()
    }
    this.#socket = socket
    this.#server = createServer((request, response) => void answer(this.#routes, request, response))
    try {
      await listen(this.#server, socket)
    } catch (error) {
      if (this.#closed) throw stopped()
      const { code = 'UNKNOWN', message, errno = errnoOf('EINVAL') } = error as NodeJS.ErrnoException
      this.close()
      throw new SocketError('http', formatSpec(this.#spec), code, errno, message, error)
    }
    debug('listens on %o', socket.address)
    return socket.address
  }
}

/** A guardian keeps it, too: while one master takes over from another, both have it. */
async function hold(spec: SocketSpec): Promise<HeldSocket> {
  const store = guardianLink()?.store
  const keeping = store && { store, key: `http endpoint ${formatSpec(spec)}` }
  const [socket, ...others] = await HeldSocket.holdAll('http', spec, { keeping })
  // There is one of them only, as nobody binds another.
  for (const other of others) other.close()
  return socket
}

function createServer(listener: RequestListener<typeof IncomingMessage, typeof ServerResponse>): Server {
  const http = process.getBuiltinModule('node:http')
  const server = http.createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: 1_000,
  })
  server.on('request', listener)
  server.maxConnections = MAX_CONNECTIONS
  server.timeout = IDLE_MS
  // The master keeps its process alive, for as long as it runs.
  server.on('connection', (connection) => connection.unref())
  return server
}

function listen(server: Server, { handle, backlog }: HeldSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // Closed ahead of the word that it listens, which never comes then.
    server.once('close', () => reject(stopped()))
    server.once('listening', () => {
      server.off('error', reject)
      // For example: no descriptor is left to accept with.
      server.on('error', (error) => debug('%o', error))
      resolve()
    })
    listenOn(server, handle as StreamHandle, backlog)
    server.unref()
  })
}

function stopped(): ManifoldError {
  return new ManifoldError('ERR_MANIFOLD_STOPPED', 'the endpoints were closed before they listened')
}
