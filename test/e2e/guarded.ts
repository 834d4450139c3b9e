import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { SocketAddress } from '@manifold/core'
import type { GroupOptions } from '@manifold/groups'
import type { GuardianStatus, GuardOptions } from '@manifold/health/guardian'
import type { GuardedConfig } from '../fixtures/guarded/master.js'
import { isAlive } from '../helpers/leaks.js'
import { once, until } from '../helpers/wait.js'
import { fixture, signal } from './service.js'

/** What the guardian and its masters tell. */
export interface News {
  readonly event: string
  readonly [detail: string]: unknown
}

interface MasterNews {
  readonly master: number
  readonly worker?: number
  readonly lost?: true
  readonly settled?: true
  readonly workers?: readonly number[]
  readonly sockets?: Record<string, { readonly address: SocketAddress }>
}

let last = 0

/** A service under a guardian, which is a process of its own. */
export class Guarded extends EventEmitter<{ news: [News]; master: [MasterNews] }> implements AsyncDisposable {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'guarded-'))
  /** All processes that ever were. */
  readonly pids = new Set<number>()
  readonly news: News[] = []
  readonly #process: ChildProcess
  readonly ended: Promise<unknown>
  /** The masters that have settled, in order. */
  readonly masters: number[] = []
  /** What the last of them had as it did. */
  workers: readonly number[] = []
  #sockets: NonNullable<MasterNews['sockets']> = {}

  private constructor(config: GuardedConfig, options: GuardOptions, master: string) {
    super()
    this.setMaxListeners(0)
    this.configure(config)
    const name = `test ${process.pid} ${last++}`
    const argument = {
      master,
      options: { name, execArgv: [], ...options },
    }
    this.#process = fork(fileURLToPath(fixture('guarded/guardian')), [JSON.stringify(argument)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: { ...process.env, GUARDED_CONFIG: this.#file },
    })
    this.pids.add(this.#process.pid!)
    this.ended = once(this.#process, 'exit', { timeoutMs: 120_000 })
    this.ended.catch(() => {})
    this.#process.on('message', (news: News) => {
      this.news.push(news)
      if (typeof news.pid === 'number') this.pids.add(news.pid)
      this.emit('news', news)
    })
    createInterface(this.#process.stdout!).on('line', (line) => this.#read(line))
  }

  static async start(
    config: GuardedConfig,
    options: GuardOptions = {},
    master = fixture('guarded/master').href,
  ): Promise<Guarded> {
    const guarded = new Guarded(config, options, master)
    const [{ event, error }] = await once<[News]>(guarded, 'news', {
      timeoutMs: 30_000,
      filter: ({ event }) => event === 'started' || event === 'notStarted',
    })
    if (event === 'started') {
      // What masters say comes another way.
      await until(() => guarded.masters.length > 0, { what: 'the word of the master' })
      return guarded
    }
    await guarded[Symbol.asyncDispose]()
    throw Object.assign(new Error(), error)
  }

  get #file(): string {
    return path.join(this.directory, 'config.json')
  }

  get pid(): number {
    return this.#process.pid!
  }

  /** The master that has settled last. */
  get master(): number {
    return this.masters.at(-1)!
  }

  portOf(socket: string): number {
    const address = this.#sockets[socket]?.address
    if (!address || !('port' in address)) throw new Error(`no port of ${socket}`)
    return address.port
  }

  /** For the next master. */
  configure(config: GuardedConfig): void {
    writeFileSync(this.#file, JSON.stringify(config))
  }

  /** The next event of that name. */
  next(event: string, filter: (news: News) => boolean = () => true): Promise<News> {
    const wanted = (news: News) => news.event === event && filter(news)
    return once<[News]>(this, 'news', { timeoutMs: 40_000, filter: wanted }).then(([news]) => news)
  }

  tell(order: 'upgrade' | 'status' | 'stop'): void {
    this.#process.send(order)
  }

  async status(): Promise<GuardianStatus> {
    const answer = this.next('status')
    this.tell('status')
    return (await answer) as unknown as GuardianStatus
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  /** Kills the master, and waits until another has settled. */
  async killMaster(): Promise<void> {
    const { master } = this
    const settled = this.settled()
    process.kill(master, 'SIGKILL')
    await settled
  }

  /** Waits for the next master to settle, and for the one before to be gone with its workers. */
  async settled(): Promise<void> {
    const { master } = this
    await once<[News]>(this, 'news', {
      timeoutMs: 40_000,
      filter: ({ event }) => event === 'masterSettled',
    })
    // Its own words come another way.
    await until(() => this.master !== master, { what: 'the word of the master that has settled' })
  }

  /** Stops the guardian; resolves when it is gone. Nothing may be left of it. */
  async stop(): Promise<void> {
    this.signal('SIGTERM')
    await this.ended
    await until(() => ![...this.pids].some(isAlive), {
      what: () => `the end of ${[...this.pids].filter(isAlive).join()}`,
    })
  }

  /** Kills all processes, in this order, and then those that were started in the meantime. */
  async destroy(order: Iterable<number> = this.pids): Promise<void> {
    // A number of a process that is gone may be that of somebody else by now.
    const ours = () => processesWith(`GUARDED_CONFIG=${this.#file}`)
    const alive = new Set(ours())
    for (const pid of order) if (alive.has(pid)) signal(pid, 'SIGKILL')
    await this.ended.catch(() => {})
    const goneNow = () => {
      const left = ours()
      for (const pid of left) signal(pid, 'SIGKILL')
      return left.length === 0
    }
    await until(goneNow, { what: 'the end of all' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy()
    this.#process.stdout?.destroy()
    rmSync(this.directory, { recursive: true })
  }

  #read(line: string): void {
    const news = JSON.parse(line) as MasterNews
    this.pids.add(news.master)
    if (news.worker !== undefined) this.pids.add(news.worker)
    if (news.settled) this.masters.push(news.master)
    if (news.workers) this.workers = news.workers
    if (news.sockets) this.#sockets = news.sockets
    this.emit('master', news)
  }
}

/** Who has that in its environment, as all have whom such a process starts. */
function processesWith(variable: string): number[] {
  const has = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(variable)
    } catch {
      // It is gone, or somebody else's.
      return false
    }
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && has(name))
    .map(Number)
}

/** A group of small servers on one port. */
export function web(group: Partial<GroupOptions> = {}): GroupOptions {
  return {
    exec: fixture('services/obedient-server').href,
    workers: 2,
    keepAliveGraceMs: 1_000,
    listen: { http: { port: 0, host: '127.0.0.1' } },
    ...group,
  }
}
