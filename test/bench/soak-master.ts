import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive } from '../helpers/leaks.js'
import { once, until } from '../helpers/wait.js'
import type { SoakNews, SoakOrder, SoakSettings } from './peers/soak.js'

/** How long the slowest order may take: every worker starts and drains, on a machine that is busy. */
const ORDER_MS = 120_000

/** A master in a process of its own, which is told to reload and to scale, and says what is strange about it. */
export class SoakMaster implements AsyncDisposable {
  /** What happened that no order explains, and how often. */
  readonly strange = new Map<string, number>()
  /** How many connections were ended by the deadline of a drain. */
  cut = 0
  http = 0
  h2c = 0
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), 'manifold-soak-'))
  readonly #pids = new Set<number>()
  readonly #child: ChildProcess

  readonly #cleanUp = (): void => rmSync(this.#folder, { recursive: true, force: true })

  private constructor(node: string, settings: Omit<SoakSettings, 'moodFile' | 'app'>) {
    process.on('exit', this.#cleanUp)
    const given: SoakSettings = {
      ...settings,
      app: fileURLToPath(new URL('../fixtures/services/all-kinds.js', import.meta.url)),
      moodFile: path.join(this.#folder, 'mood'),
    }
    const script = fileURLToPath(new URL('./peers/soak.js', import.meta.url))
    this.#child = fork(script, [JSON.stringify(given)], { execPath: node, execArgv: [] })
    this.#child.on('message', (news: SoakNews) => {
      if (news.type === 'forked') this.#pids.add(news.pid)
      else if (news.type === 'strange') this.#note(news.what)
      else if (news.type === 'cut') this.cut += news.connections
      else if (news.type === 'started') Object.assign(this, { http: news.http, h2c: news.h2c })
    })
    this.#child.once('exit', (code, signal) => {
      if (code !== 0) this.#note(`the master ended with ${signal ?? code}`)
    })
  }

  static async start(node: string, settings: Omit<SoakSettings, 'moodFile' | 'app'>): Promise<SoakMaster> {
    const master = new SoakMaster(node, settings)
    await until(() => master.http !== 0, { what: 'the start of the master', timeoutMs: 30_000 })
    return master
  }

  /** Rejects if the order was not carried out as it should. */
  async obey(order: SoakOrder): Promise<void> {
    const done = once<[SoakNews]>(this.#child, 'message', {
      timeoutMs: ORDER_MS,
      filter: ({ type }) => type === 'done',
    })
    this.#child.send(order)
    const [news] = await done
    if (news.type === 'done' && news.error !== undefined) throw new Error(news.error)
  }

  /** Stops it. Resolves with the number of its processes that outlived it; they are killed. */
  async stop(): Promise<number> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit', { timeoutMs: 30_000 })
      if (this.#child.connected) this.#child.disconnect()
      await exited.catch(() => this.#child.kill('SIGKILL'))
    }
    const left = () => [...this.#pids].filter(isAlive)
    await until(() => left().length === 0, { what: 'its workers to end', timeoutMs: 5_000 }).catch(() => {})
    const remaining = left()
    for (const pid of remaining) process.kill(pid, 'SIGKILL')
    process.off('exit', this.#cleanUp)
    this.#cleanUp()
    return remaining.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #note(what: string): void {
    this.strange.set(what, (this.strange.get(what) ?? 0) + 1)
  }
}
