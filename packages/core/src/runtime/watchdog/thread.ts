/**
 * The thread that watches the event loop of its worker. The build bundles it into a file of its own, `watchdog.cjs`,
 * which is loaded when the thread starts.
 */
import { workerData } from 'node:worker_threads'
import { Lookout } from './lookout.js'
import { framesOfMainThread } from './main-thread.js'
import { Pulse } from './pulse.js'
import { Reports } from './reports.js'
import { formatStack } from './stack.js'
import type { WatchdogData } from './watchdog.js'

const { memory, fd, hangMs, everyMs } = workerData as WatchdogData
const now = () => Number(process.hrtime.bigint() / 1_000n) / 1_000
const pulse = new Pulse(memory)
const reports = new Reports(fd, now)
const lookout = new Lookout(hangMs, everyMs, now())

setInterval(() => {
  if (lookout.hangs(now(), pulse.tickedAt) && reports.allowed) void report(now() - lookout.hungMs)
}, everyMs)

async function report(since: number): Promise<void> {
  const found = pulse.inspected ? 'an inspector is open' : await framesOfMainThread()
  const isKnown = typeof found !== 'string'
  reports.write({
    hungMs: Math.round(now() - since),
    stack: isKnown ? formatStack(found, pulse.sourceMaps) : undefined,
    why: isKnown ? undefined : found,
  })
}
