import { type Clock, MAX_TIMER_MS, systemClock } from '../../clock.js'
import type { DrainCause } from '../../ipc/protocol.js'
import { socketsOf } from '../../node-internals.js'
import { untilQuiet } from '../../quiet.js'
import type { Runtime } from '../runtime.js'
import { announceDrain, drainServer } from './server.js'
import { finishUdp } from './udp.js'

export interface DrainOptions {
  readonly cause: DrainCause
  readonly timeoutMs: number
  readonly keepAliveGraceMs: number
}

/** After a stop nobody takes over; an idle client is given just the time for a request that is on its way. */
const STOP_GRACE_MS = 500
/** How long new connections are still accepted as everything stops, while one follows on the other. */
const QUEUE_MS = 250

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
  const { cause, timeoutMs, keepAliveGraceMs } = options
  const { channel, listeners } = runtime
  // The others come from the master.
  const own = cause === 'signal' || cause === 'orphan' || cause === 'uncaught'
  if (own && channel.open) channel.send({ t: 'draining', cause })
  for (const listener of listeners.streams) {
    announceDrain(listener)
    listener.share(null)
  }
  // One turn: an application that has a handler for the same signal may close its servers in its own way; and what
  // waits to be accepted, perhaps with nobody else to accept it, is accepted.
  await new Promise((resolve) => setImmediate(resolve))
  // A server that has closed would not wait for what comes back.
  await runtime.surplus.answered()
  // Nobody else will accept what the kernel has queued.
  if (cause === 'stop') {
    const taken = () => listeners.streams.reduce((sum, listener) => sum + listener.taken, 0)
    await untilQuiet(taken, QUEUE_MS, clock)
  }

  const atMost = cause === 'stop' ? STOP_GRACE_MS : timeoutMs
  const limits = {
    clock,
    spreadMs: Math.min(timeoutMs, atMost),
    keepAliveGraceMs: Math.min(keepAliveGraceMs, atMost),
  }
  const servers = listeners.streams.map((listener) => drainServer(listener, limits))
  const application = tellApplication(runtime, cause, timeoutMs)
  const datagrams = listeners.udp.map((listener) => finishUdp(listener, clock))
  await settled([...servers, ...application, ...datagrams, runtime.calls.finish()], timeoutMs, clock)
  const left = listeners.streams.flatMap(({ server }) => socketsOf(server))
  for (const socket of left) socket.destroy()
  if (channel.open) channel.send({ t: 'drained', destroyed: left.length })
  raise(application)
  // After one more turn the message is out, and the application has heard of the end of its last connection: a server
  // says 'close' before its last socket does.
  setImmediate(() => setImmediate(() => process.exit()))
}

function tellApplication(runtime: Runtime, cause: DrainCause, deadlineMs: number): Promise<unknown>[] {
  const awaited: Promise<unknown>[] = []
  const waitUntil = (promise: PromiseLike<unknown>) => {
    awaited.push(Promise.resolve(promise))
  }
  for (const hook of runtime.drainHooks) {
    try {
      hook({ cause, deadlineMs, waitUntil })
    } catch (error) {
      awaited.push(Promise.reject(error))
    }
  }
  return awaited
}

/** Waits until all of them are settled, but not longer than that. */
async function settled(ends: readonly Promise<unknown>[], timeoutMs: number, clock: Clock): Promise<void> {
  const late = new Promise<void>((resolve) => {
    clock.after(timeoutMs, resolve)
  })
  // A timer of the clock's keeps no process alive, and what we wait for may not either.
  const awake = setInterval(() => {}, MAX_TIMER_MS)
  await Promise.race([late, Promise.allSettled(ends)])
  clearInterval(awake)
}

/** What failed in the application is an unhandled rejection, as ever; only not before its connections are finished. */
function raise(application: readonly Promise<unknown>[]): void {
  for (const promise of application) void promise.then(() => {})
}
