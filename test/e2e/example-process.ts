/** An example as its user runs it: a process of its own, known by what it prints. */

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { until as untilTruthy } from '../helpers/wait.js'

/** Generous, because it only matters when something is broken. */
export const PATIENCE_MS = 30_000

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export class ExampleProcess {
  #exit: Exit | undefined
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''

  /** Its name, and the flags of its command line. */
  constructor(example: string, flags: readonly string[]) {
    const main = fileURLToPath(import.meta.resolve(`@manifold-examples/${example}/main`))
    // Detached, so that it leads a process group, as what a shell starts does.
    this.#child = spawn(process.execPath, [main, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    // Not 'exit': only after 'close' is all of the output here.
    this.#child.once('close', (code, signal) => {
      this.#exit = { code, signal }
    })
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  get lines(): string[] {
    return this.#stdout.split('\n').filter((line) => line !== '')
  }

  /** The pids of all workers that ever were ready. */
  get workerPids(): number[] {
    return [...this.#stdout.matchAll(/^ {2}ready .* pid (\d+)/gm)].map(([, pid]) => Number(pid))
  }

  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(`it prints ${pattern}`, () => {
      const match = pattern.exec(this.#stdout)
      if (match === null && this.#exit !== undefined) throw new Error(`It ended before it printed ${pattern}`)
      return match ?? undefined
    })
  }

  /** As `prints`, for who cannot dispose of it before this resolves. */
  async started(pattern: RegExp): Promise<RegExpExecArray> {
    try {
      return await this.prints(pattern)
    } catch (error) {
      await this[Symbol.asyncDispose]()
      throw error
    }
  }

  /** How it ended, with all of its output read. */
  async ended(): Promise<Exit> {
    return this.#until('it ends', () => this.#exit)
  }

  /** As a terminal does on Ctrl-C: to the master and to all workers at once. */
  ctrlC(): void {
    process.kill(-this.#child.pid!, 'SIGINT')
  }

  /** Only to the master, as from `kill`. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** For after a test: whatever went wrong in it, nothing of this process stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exit !== undefined) return
    // The master first, so that nobody replaces the workers. These live on their own for a moment.
    this.#child.kill('SIGKILL')
    for (const pid of this.workerPids.filter(isAlive)) process.kill(pid, 'SIGKILL')
    await this.ended()
  }

  /** As `until`, with the output in the error, which mostly tells the reason. */
  async #until<T>(what: string, ask: () => T | undefined): Promise<T> {
    try {
      return await until(what, ask)
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.#stdout}\n${this.#stderr}`, { cause: error })
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Asks again and again until there is an answer, but not for ever. */
export function until<T>(what: string, ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  return untilTruthy(ask, { what, timeoutMs: PATIENCE_MS }) as Promise<T>
}
