import { join } from 'node:path'
import { log } from '../../debug.js'
import type { WorkerBoot } from '../../ipc/protocol.js'
import { Pulse } from './pulse.js'

const debug = log('watchdog')

/** What the thread is given. */
export interface WatchdogData {
  readonly memory: SharedArrayBuffer
  /** Where its reports go. */
  readonly fd: number
  readonly hangMs: number
  /** How often the event loop says that it turns, and how often the thread looks, in ms. */
  readonly everyMs: number
}

/** How many times it is looked in the time that an event loop may hang. */
const LOOKS = 5
const MIN_EVERY_MS = 25
const MAX_EVERY_MS = 1_000

/** The thread needs a tenth of what Node allows it; V8 sizes by these limits what it sets aside. */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128, stackSizeMb: 1 }

/** The worker serves first. */
const START_AFTER_MS = 100

/** Starts the thread soon after the worker is ready, if there is to be one. */
export function watchSoon({ watchdog }: WorkerBoot): void {
  if (watchdog) setTimeout(startWatchdog, START_AFTER_MS, watchdog, __dirname).unref()
}

/**
 * Starts a thread that notices when this event loop hangs, and tells the master in what. Whatever goes wrong with the
 * thread is no reason for a worker to suffer: it goes on without.
 *
 * @param folder where `watchdog.cjs` is: beside the bundle of which this is a part.
 * @returns what ends it.
 */
export function startWatchdog(
  { fd, hangMs }: NonNullable<WorkerBoot['watchdog']>,
  folder: string,
): () => void {
  const inspector = process.getBuiltinModule('node:inspector')
  // A Node that was built without it has none.
  if (inspector === undefined) return () => {}
  const pulse = new Pulse()
  const everyMs = Math.min(Math.max(Math.round(hangMs / LOOKS), MIN_EVERY_MS), MAX_EVERY_MS)
  const tick = () => {
    pulse.sourceMaps = process.sourceMapsEnabled
    pulse.inspected = inspector.url() !== undefined
    pulse.tick()
  }
  tick()
  const timer = setInterval(tick, everyMs)
  timer.unref()
  const end = (why: unknown) => {
    debug('no thread watches: %o', why)
    clearInterval(timer)
  }
  const workerData: WatchdogData = { memory: pulse.memory, fd, hangMs, everyMs }
  try {
    const { Worker } = process.getBuiltinModule('node:worker_threads')
    const thread = new Worker(join(folder, 'watchdog.cjs'), {
      workerData,
      name: 'manifold-watchdog',
      // Neither what is preloaded here nor what an application sets concerns it.
      execArgv: [],
      argv: [],
      env: {},
      // Else Node would connect it with the streams of this process, and so open them.
      stdout: true,
      stderr: true,
      trackUnmanagedFds: false,
      resourceLimits: LIMITS,
    })
    thread.unref()
    thread.on('error', end)
    thread.on('exit', end)
    return () => {
      clearInterval(timer)
      void thread.terminate()
    }
  } catch (error) {
    // Permissions of Node's may forbid it.
    end(error)
    return () => {}
  }
}
