import type { Socket as UdpSocket } from 'node:dgram'
import { Server } from 'node:net'
import type { ListeningInfo } from '../../ipc/protocol.js'
import type { Cluster, ClusterWorker, ListenQuery } from '../../node-internals.js'
import { onDisconnect } from '../../node-internals.js'
import type { Listeners } from '../listen/listeners.js'
import type { WorkerChannel } from '../runtime.js'
import { closeServer } from './close-server.js'

/**
 * Has this process live and end as a worker of `node:cluster`: it stays for as long as its channel is open, with or without
 * anything to do; it ends, with code 0, when its master is gone; it goes when it is told to `disconnect`, or does so
 * itself, once its servers have closed; and no signal and no error means to it what it would not mean without us.
 */
export class Membership {
  readonly #worker: ClusterWorker
  readonly #channel: WorkerChannel
  readonly #listeners: Listeners
  #left = false

  /** @param orphaned what is to be let go of when the channel is closed. */
  constructor(
    cluster: Cluster,
    { channel, listeners }: { readonly channel: WorkerChannel; readonly listeners: Listeners },
    orphaned: () => void,
  ) {
    this.#worker = cluster.worker
    this.#channel = channel
    this.#listeners = listeners
    const membership = this
    Object.assign(cluster.Worker.prototype, {
      disconnect(this: ClusterWorker) {
        membership.#disconnect()
        return this
      },
      destroy: () => this.#destroy(),
    })
    onDisconnect(() => {
      orphaned()
      this.#worker.emit('disconnect')
      if (!this.#worker.exitedAfterDisconnect) process.exit(0)
    })
  }

  /** A server listens. What the master is told; undefined if it does so no longer. */
  listening(
    server: Server | UdpSocket,
    { addressType, address, port, fd }: ListenQuery,
  ): ListeningInfo | undefined {
    const own = server.address() as { port?: number } | string | null
    if (own === null) return undefined
    this.#worker.state = 'listening'
    // It had asked before. Nobody would close it, and it would keep a process alive that nobody knows any more.
    if (this.#left) close(server)
    return { addressType, address, port: (typeof own === 'object' && own.port) || port, fd }
  }

  /** It finishes in one of our ways, which is as good as any. */
  finishing(): void {
    this.#worker.exitedAfterDisconnect = true
  }

  /** Closes the servers, and the channel when they have. `told`: by the master, which so knows. */
  leave(told: boolean): void {
    this.#worker.exitedAfterDisconnect = true
    this.#left = true
    let open = 1
    const closed = () => {
      open--
      if (open > 0) return
      if (told) hangUp()
      else this.#saysGoodbye()
    }
    for (const { server } of this.#listeners.streams.filter(({ listens }) => listens)) {
      open++
      close(server, closed)
    }
    for (const { socket } of this.#listeners.udp.filter(({ handle }) => handle)) {
      open++
      close(socket, closed)
    }
    closed()
  }

  #disconnect(): void {
    const worker = this.#worker
    if (worker.state === 'disconnecting' || worker.state === 'destroying') return
    worker.state = 'disconnecting'
    this.leave(false)
  }

  #destroy(): void {
    const worker = this.#worker
    if (worker.state === 'destroying') return
    worker.exitedAfterDisconnect = true
    if (!worker.isConnected()) process.exit(0)
    worker.state = 'destroying'
    process.once('disconnect', () => process.exit(0))
    this.#saysGoodbye()
  }

  /** The master is to know that this is no accident before it sees the channel closed. */
  #saysGoodbye(): void {
    const gone = () => process.nextTick(hangUp)
    this.#channel.request('leave', null).then(gone, gone)
  }
}

/** The master may have been faster. */
function hangUp(): void {
  if (process.connected) process.disconnect?.()
}

function close(server: Server | UdpSocket, closed = () => {}): void {
  if (server instanceof Server) closeServer(server, closed)
  else server.close(closed)
}
