import { Socket } from 'node:net'
import { tolerateBrokenOutput } from '../node-internals.js'

/**
 * Watches the lifeline, which tells a worker whether it is needed though its master is gone: until it ends, at the other
 * end, which is the guardian's. Nothing is ever said on it. While there is a master it means nothing, and costs nothing.
 *
 * The guardian in turn sees that its workers are gone once nobody has it any more, so that it is not to be closed before
 * the process ends. It does not keep the process alive.
 *
 * @param ended runs once, in a later turn. `before`: it had ended already.
 */
export function watchLifeline(fd: number, ended: (before: boolean) => void): void {
  let before = true
  // In the turn that is next, what is there to be read has been read.
  setImmediate(() =>
    setImmediate(() => {
      before = false
    }),
  )
  const socket = new Socket({ fd, readable: true, writable: true, allowHalfOpen: true })
  socket.once('end', () => ended(before))
  // Reset: who was at the other end is gone.
  socket.once('error', () => ended(before))
  socket.resume()
  socket.unref()
}

/**
 * For who may outlive the master: nobody reads what is said to one that is gone, nor what is written if it passed that
 * on, and this process may do both before it knows.
 */
export function endureSilence(): void {
  tolerateBrokenOutput()
  const codes = ['ERR_IPC_CHANNEL_CLOSED', 'EPIPE', 'ECONNRESET']
  process.on('error', (error: NodeJS.ErrnoException) => {
    // As without us.
    if (!codes.includes(error.code ?? '') && process.listenerCount('error') === 1) throw error
  })
}
