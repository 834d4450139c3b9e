/** A program as its user runs it: a process of its own, known by what it prints and by what its clients see. */

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Child, childrenOf, isAlive } from '../../helpers/leaks.js'
import { until } from '../../helpers/wait.js'

/** What a program may import as its cluster. It finds the name in `CLUSTER`; the rest of it is the same. */
export const OURS = '@manifold/groups/cluster'
export const NODES = 'node:cluster'
/** That the programs keep their promises under Node's own is a check of the tests, for which one line is enough. */
const oldest = Number.parseInt(process.versions.node, 10) === 20
export const flavours: readonly Flavour[] = oldest ? [NODES, OURS] : [OURS]
export type Flavour = typeof NODES | typeof OURS

/** Generous, because it only matters when something is broken. */
const PATIENCE_MS = 30_000

interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export class Program implements AsyncDisposable {
  readonly #child: ChildProcess
  #exit: Exit | undefined
  #stdout = ''
  #stderr = ''

  /** Its file in `programs`, without the letter that is told by the way it is compiled: `respawn.cjs`. */
  constructor(
    file: string,
    cluster: Flavour,
    env: Record<string, string> = {},
    { detached = false }: { detached?: boolean } = {},
  ) {
    const path = fileURLToPath(new URL(`./programs/${file}`, import.meta.url))
    // ES modules that import it by name, `#cluster`, find it by this condition.
    const conditions = cluster === OURS ? ['--conditions=manifold'] : []
    this.#child = spawn(process.execPath, [...conditions, path], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // It leads a process group then, as what a shell starts does.
      detached,
      env: { ...process.env, ...env, CLUSTER: cluster },
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

  get pid(): number {
    return this.#child.pid!
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

  /** Its children that live. */
  get workers(): Child[] {
    return childrenOf(this.pid)
  }

  /** What the first group of the pattern, a global one, has matched so far. */
  all(pattern: RegExp): string[] {
    return [...this.#stdout.matchAll(pattern)].map(([whole, group]) => group ?? whole)
  }

  /** Resolves with all matches as soon as there are so many. */
  async prints(pattern: RegExp, times = 1): Promise<string[]> {
    const global = new RegExp(pattern.source, `${pattern.flags.replace('g', '')}g`)
    return this.until(`it prints ${pattern} ${times} times`, () => {
      const found = this.all(global)
      if (found.length < times && this.#exit !== undefined) throw new Error(`It ended before: ${pattern}`)
      return found.length >= times ? found : undefined
    })
  }

  /** Only to the primary, as from `kill`. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** How it ended, with all of its output read: its workers, that share it, have ended too. */
  async ended(): Promise<Exit> {
    return this.until('it ends', () => this.#exit)
  }

  /** As a service manager does it that is content with the primary: what it leaves has to end by itself. */
  async terminate(): Promise<Exit> {
    const workers = this.workers.map(({ pid }) => pid)
    this.signal('SIGTERM')
    const exit = await this.ended()
    await this.until('its workers end', () => !workers.some(isAlive))
    return exit
  }

  /** With the output in the error, which mostly tells the reason. */
  async until<T>(
    what: string,
    ask: () => T | undefined | Promise<T | undefined>,
    timeoutMs = PATIENCE_MS,
  ): Promise<NonNullable<T>> {
    try {
      return (await until(ask, { what, timeoutMs })) as NonNullable<T>
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.#stdout}\n${this.#stderr}`, { cause: error })
    }
  }

  /** For after a test: whatever went wrong in it, nothing of this process stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exit !== undefined) return
    const workers = this.workers.map(({ pid }) => pid)
    // The primary first, so that nobody replaces the workers.
    this.#child.kill('SIGKILL')
    for (const pid of workers.filter(isAlive)) process.kill(pid, 'SIGKILL')
    await this.ended()
  }
}
