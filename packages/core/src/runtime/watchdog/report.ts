import { Socket } from 'node:net'
import type { Hang } from '../../ipc/protocol.js'
import { framesOfMainThread } from './main-thread.js'
import type { Pulse } from './pulse.js'
import { formatStack } from './stack.js'

/** An application that hangs over and over must not fill logs. */
const MAX_REPORTS = 6
const WITHIN_MS = 60_000

let toldAt: number[] = []
let pipe: Socket | undefined

/** Tells the master what the main thread hangs in, in a line of JSON. */
export async function reportTo(fd: number, pulse: Pulse, hungMs: () => number): Promise<void> {
  if (!isDue(performance.now())) return
  const found = pulse.inspected ? 'an inspector is open' : await framesOfMainThread()
  const isKnown = typeof found !== 'string'
  const stack = isKnown ? formatStack(found, pulse.sourceMaps) : undefined
  const hang: Hang = { hungMs: hungMs(), stack, why: isKnown ? undefined : found }
  pipe ??= open(fd)
  pipe.write(`${JSON.stringify(hang)}\n`)
}

/** Whether one more is to be made: not if there were many of late, nor if nobody reads them. */
function isDue(now: number): boolean {
  toldAt = toldAt.filter((at) => at > now - WITHIN_MS)
  if (toldAt.length >= MAX_REPORTS || (pipe?.writableLength ?? 0) > 0) return false
  toldAt.push(now)
  return true
}

/** Not `fs.writeSync`: a thread that waits for a master that does not read could not be ended. */
function open(fd: number): Socket {
  const socket = new Socket({ fd, readable: false, writable: true })
  // The master is gone, or wants to know no more.
  socket.on('error', () => process.exit())
  socket.unref()
  return socket
}
