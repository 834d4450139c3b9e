import type { Clock } from '../../clock.js'
import type { UdpListener } from '../listen/listeners.js'

/** How long what was read can still be answered: nothing tells whether an application is at it. */
const ANSWER_MS = 500

/**
 * Reads no more: what waits in the socket's queue is for the siblings, or the successor, that read the same. Then
 * closes it. Resolves when it is closed.
 */
export function finishUdp({ socket, handle }: UdpListener, clock: Clock): Promise<void> {
  handle?.recvStop()
  return new Promise((resolve) => {
    const timer = clock.after(ANSWER_MS, () => socket.close())
    // The application may close it earlier.
    socket.once('close', () => {
      timer.cancel()
      resolve()
    })
  })
}
