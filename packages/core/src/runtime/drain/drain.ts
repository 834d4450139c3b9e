import { type Clock, systemClock } from '../../clock.js'
import type { DrainCause } from '../../ipc/protocol.js'
import { socketsOf } from '../../node-internals.js'
import type { Runtime } from '../runtime.js'
import { drainServer } from './server.js'

export interface DrainOptions {
  readonly cause: DrainCause
  readonly timeoutMs: number
  readonly keepAliveGraceMs: number
}

/** After a stop nobody takes over; an idle client is given just the time for a request that is on its way. */
const STOP_GRACE_MS = 500

let started = false

/**
 * Finishes this process: no new connections, answers to what is open, then the end. What is still open at the
 * deadline is cut off, and reported. Only the first call counts.
 */
export async function drain(
  runtime: Runtime,
  options: DrainOptions,
  clock: Clock = systemClock,
): Promise<void> {
  if (started) return
  started = true
  const { cause, timeoutMs } = options
  const { channel, listeners } = runtime
  if (channel.open && (cause === 'signal' || cause === 'orphan')) channel.send({ t: 'draining', cause })

  const deadline = clock.now() + timeoutMs
  const limits = {
    clock,
    deadline,
    spreadMs: cause === 'stop' ? Math.min(timeoutMs, STOP_GRACE_MS) : timeoutMs,
    keepAliveGraceMs:
      cause === 'stop' ? Math.min(options.keepAliveGraceMs, STOP_GRACE_MS) : options.keepAliveGraceMs,
  }
  const ends: Promise<unknown>[] = listeners.streams.map((listener) => drainServer(listener, limits))
  ends.push(...tellApplication(runtime, cause, timeoutMs))
  for (const { socket, id } of listeners.udp) {
    // The application may have closed it on being told.
    if (listeners.udp.some((other) => other.id === id)) socket.close()
  }
  await before(deadline, clock, ends)
  const left = listeners.streams.flatMap(({ server }) => socketsOf(server))
  for (const socket of left) socket.destroy()
  if (channel.open) channel.send({ t: 'drained', destroyed: left.length })
  // One turn later the message is out.
  setImmediate(() => process.exit())
}

function tellApplication(runtime: Runtime, cause: DrainCause, deadlineMs: number): Promise<unknown>[] {
  const awaited: Promise<unknown>[] = []
  const waitUntil = (promise: PromiseLike<unknown>) => {
    // What fails there is the application's, and becomes an unhandled rejection as it would without us.
    awaited.push(Promise.resolve(promise))
  }
  for (const hook of runtime.drainHooks) hook({ cause, deadlineMs, waitUntil })
  return awaited
}

async function before(deadline: number, clock: Clock, ends: readonly Promise<unknown>[]): Promise<void> {
  const late = new Promise<void>((resolve) => {
    clock.after(Math.max(0, deadline - clock.now()), resolve)
  })
  // A timer of the clock's keeps no process alive, and what we wait for may not either.
  const awake = setInterval(() => {}, 2 ** 31 - 1)
  await Promise.race([late, Promise.allSettled(ends)])
  clearInterval(awake)
}
