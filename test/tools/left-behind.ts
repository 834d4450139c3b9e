import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileTimeoutMs, goneWithinMs, graceMs } from './limits.js'
import { dist } from './paths.js'
import { type RunningProcess, runningProcesses } from './processes.js'

export interface LeftProcess {
  readonly pid: number
  readonly command: string
  /** The test file that started it; undefined if it was started with an empty environment. */
  readonly file: string | undefined
}

/**
 * Finds processes that outlive the test file which started them, while the suite runs and at its end. They are killed
 * once noted: they may hold the file's output open, and the runner would wait for that without end.
 */
export class LeftBehind {
  readonly #run: string
  readonly #before: ReadonlySet<number>
  readonly #left = new Map<number, LeftProcess>()
  /** When a test file was first seen; when a process was first seen to have outlived its test file. */
  readonly #firstSeen = new Map<number, number>()

  constructor(run: string) {
    this.#run = run
    this.#before = new Set(runningProcesses().map(({ pid }) => pid))
  }

  /** To be called every now and then while the tests run. */
  look(): void {
    for (const process of this.#processes()) {
      if (outlivesItsFile(process)) {
        if (this.#seenForMs(process) > goneWithinMs) this.#note(process)
      } else if (isTestFile(process) && this.#seenForMs(process) > fileTimeoutMs + 2 * graceMs) {
        kill(process.pid) // its main thread is blocked, or it would have ended itself; the runner reports it
      }
    }
  }

  /** Called when all test files have ended: waits for what is about to end, and returns all that did not. */
  async settle(): Promise<LeftProcess[]> {
    const remaining = () => [...this.#processes().filter(outlivesItsFile), ...this.#unmarked()]
    for (let waited = 0; waited < goneWithinMs && remaining().length > 0; waited += 50) await sleep(50)
    for (const process of remaining()) this.#note(process)
    return [...this.#left.values()]
  }

  /** Ends the run's test files and all that they started, at once. */
  killAll(): void {
    for (const { pid } of this.#processes()) kill(pid)
  }

  #processes(): RunningProcess[] {
    return runningProcesses().filter(({ mark }) => mark?.run === this.#run)
  }

  /** A process started with an empty environment has lost its mark: its script tells it, and that no test has it. */
  #unmarked(): RunningProcess[] {
    const all = runningProcesses()
    const ofTests = new Set(all.filter(({ command }) => command.includes(dist)).map(({ pid }) => pid))
    return all.filter(({ pid, parent, mark, command }) => {
      const isFixture = mark === undefined && command.includes(join(dist, 'fixtures'))
      return isFixture && !ofTests.has(parent) && !this.#before.has(pid)
    })
  }

  #seenForMs({ pid }: RunningProcess): number {
    const now = performance.now()
    const since = this.#firstSeen.get(pid) ?? now
    this.#firstSeen.set(pid, since)
    return now - since
  }

  #note({ pid, command, mark }: RunningProcess): void {
    this.#left.set(pid, { pid, command, file: mark?.startedBy?.file })
    kill(pid)
  }
}

function outlivesItsFile({ mark }: RunningProcess): boolean {
  return mark?.startedBy !== undefined && !existsSync(`/proc/${mark.startedBy.pid}`)
}

/** The runner's own command line ends with a test file too; but that is our child. */
function isTestFile({ mark, parent, command }: RunningProcess): boolean {
  return mark?.startedBy === undefined && parent !== process.pid && command.endsWith('.test.js')
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
