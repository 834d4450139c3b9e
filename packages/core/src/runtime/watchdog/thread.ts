/**
 * The thread that watches the event loop of its worker. The build bundles it into a file of its own, `watchdog.cjs`,
 * which is loaded when the thread starts.
 */
import { workerData } from 'node:worker_threads'
import { Lookout } from './lookout.js'
import { Pulse } from './pulse.js'
import type { WatchdogData } from './watchdog.js'

const { memory, fd, hangMs, everyMs } = workerData as WatchdogData
const now = () => Number(process.hrtime.bigint() / 1_000n) / 1_000
const pulse = new Pulse(memory)
const lookout = new Lookout(hangMs, everyMs, now())
// What a report takes is loaded for the first one, and few workers ever hang.
let reporter: Promise<typeof import('./report.js')> | undefined

setInterval(() => {
  if (lookout.hangs(now(), pulse.tickedAt)) void report(now() - lookout.hungMs)
}, everyMs)

async function report(since: number): Promise<void> {
  reporter ??= import('./report.js')
  const { reportTo } = await reporter
  await reportTo(fd, pulse, () => Math.round(now() - since))
}
