import type { DrainCause, Vitals, WireError } from '../ipc/protocol.js'
import type { Echoes } from './echoes.js'
import type { Standby } from './standby.js'
import type { Startup } from './startup.js'
import type { Surpluses } from './surpluses.js'
import type { WorkerHost } from './worker-host.js'
import type { MasterChannel } from './worker-line.js'
import type { WorkerProcess } from './worker-process.js'

/** What was thrown in a worker, as it crosses the channel. */
export interface Uncaught {
  readonly origin: NodeJS.UncaughtExceptionOrigin
  readonly error: WireError
}

/** What a worker says of itself. */
export interface WorkerNews {
  hello(version: number): void
  ready(): void
  beat(vitals: Vitals): void
  uncaught(uncaught: Uncaught): void
  /** As in `node:cluster`: it goes of its own accord. */
  leave(): void
  draining(cause: DrainCause): void
  drained(destroyed: number): void
}

/** The parts of a worker that its messages are for. */
export interface WorkerParts {
  readonly channel: MasterChannel
  readonly progress: Startup
  readonly surpluses: Surpluses
  readonly echoes: Echoes
  readonly standby: Standby
}

/** Hands what a worker says and asks to whom it concerns: itself, a part of it, or whoever runs it. */
export function receive(
  worker: WorkerProcess,
  host: WorkerHost,
  { channel, progress, surpluses, echoes, standby }: WorkerParts,
  news: WorkerNews,
): void {
  channel.receive(
    {
      hello: ({ version }) => news.hello(version),
      listening: ({ listener, socket, where }) => {
        progress.listening(socket)
        host.listening(worker, listener, where)
      },
      unlisten: ({ listener }) => host.unlisten(worker, listener),
      ready: () => void standby.keep(() => news.ready()),
      refused: ({ offer, late }) => worker.handoff.refused(offer, late),
      connections: ({ listener, open }) => host.connections(worker, listener, open),
      limited: (word) => host.limited(worker, word),
      surplus: ({ listener, open, offer }, handle) => {
        const connection = surpluses.arrived(offer, handle)
        if (connection) host.surplus(worker, listener, open, connection)
      },
      beat: ({ vitals }) => news.beat(vitals),
      uncaught: ({ origin, error }) => news.uncaught({ origin, error }),
      echoed: ({ echo }, handle) => echoes.returned(echo, handle),
      attachFailed: ({ listener, source, errno }) => host.attachFailed(worker, listener, source, errno),
      draining: ({ cause }) => news.draining(cause),
      drained: ({ destroyed }) => news.drained(destroyed),
      retire: () => host.retire(worker),
    },
    {
      listen: (question) => standby.keep(() => host.listen(worker, question)),
      call: (question, inquiry) => host.call(worker, question, inquiry),
      members: ({ group }) => {
        host.members(worker, group)
        return null
      },
      link: ({ id }) => host.link(worker, id),
      farewell: () => null,
      leave: () => {
        news.leave()
        return null
      },
    },
    (message) => {
      if (message.t === 'surplus') surpluses.decide(message, worker.state !== 'draining')
    },
  )
}
