import { log, type WorkerHost, type WorkerProcess } from '@manifold/core/internal'
import type { Forks } from '../cluster/forks.js'
import type { Messages } from '../messages/messages.js'
import type { Listens } from '../sockets/listens.js'
import type { Seats } from '../sockets/seats.js'
import type { Emit } from './launch.js'

const debug = log('group')

/** What the workers of a group ask and tell, and who sees to it. */
export function workerHost(
  seats: Seats,
  listens: Listens,
  { emit, messages }: { readonly emit: Emit; readonly messages: Messages },
  forks: Forks | undefined,
  retire: (worker: WorkerProcess) => void,
): WorkerHost {
  return {
    listen: (worker, question) => listens.answer(worker, question),
    listening(worker, listener, where) {
      if (where) forks?.listening(worker, where)
      const socket = seats.socketOf(worker, listener)
      if (!socket) return
      emit('listening', worker, { socket: socket.name, address: socket.distribution.address })
    },
    unlisten: (worker, listener) => listens.vacate(worker, listener),
    attachFailed(worker, listener, source, errno) {
      const where = `source ${source} of listener ${listener}`
      debug('worker %d cannot accept on %s: error %d', worker.id, where, errno)
      void worker.drain('replace')
    },
    connections: (worker, listener, open) => seats.counted(worker, listener, open),
    limited: (worker, word) => seats.limited(worker, word),
    surplus(worker, listener, open, connection) {
      seats.counted(worker, listener, open)
      const socket = seats.socketOf(worker, listener)
      if (socket) socket.distribution.returned(connection)
      else connection.close()
    },
    ...messages.host,
    retire,
  }
}
