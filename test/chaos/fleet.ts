import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { MasterStatus } from '@manifold/groups'
import { isAlive } from '../helpers/leaks.js'
import { once, until } from '../helpers/wait.js'
import type { ChaosNews, ChaosOrder, ChaosRequest, ChaosSettings, Refusal, WorkerNews } from './protocol.js'

/** How long the slowest order may take: a reload whose successors do not come up, on a machine that is busy. */
const ANSWER_MS = 60_000

/** All that is known of a process that was a worker. */
export interface Life {
  readonly pid: number
  group: string
  slot: number
  forkedAt: number
  readyAt?: number
  drainingAt?: number
  exitedAt?: number
  /** How it ended, in words, and whether its master had told it to finish. */
  end?: string
  asked?: boolean
}

/** An order that the master did not carry out. */
export class Refused extends Error {
  readonly code: string | undefined
  constructor({ code, message }: Refusal) {
    super(message)
    this.code = code
  }
}

/** The master under fire, in a process of its own, and what it has told about its workers. */
export class Fleet implements AsyncDisposable {
  readonly lives = new Map<number, Life>()
  /** What it said that has no place anywhere. */
  readonly strange: string[] = []
  /** The end of what it and its workers wrote on stderr. */
  stderr = ''
  forks = 0
  silences = 0
  /** The port of each group. */
  ports: Readonly<Record<string, number>> = {}

  readonly #child: ChildProcess
  readonly #living = new Set<Life>()
  readonly #echoes = new Map<number, number>()
  readonly #answers = new Map<number, (answer: Extract<ChaosNews, { type: 'answer' }>) => void>()
  #lastId = 0
  #ended: { code: number | null; signal: NodeJS.Signals | null } | undefined

  private constructor(settings: ChaosSettings, node: string, log: (line: string) => void) {
    const script = fileURLToPath(new URL('./master.js', import.meta.url))
    this.#child = fork(script, [JSON.stringify(settings)], {
      execPath: node,
      execArgv: [],
      cwd: settings.folder,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-10_000)
      log(text)
    })
    this.#child.on('message', (news: ChaosNews) => {
      if (news.type !== 'answer') log(`${JSON.stringify(news)}\n`)
      this.#hear(news)
    })
    this.#child.once('exit', (code, signal) => {
      this.#ended = { code, signal }
    })
  }

  /** @param log gets all that the master says, and what it and its workers write on stderr. */
  static async start(settings: ChaosSettings, node: string, log: (line: string) => void): Promise<Fleet> {
    const fleet = new Fleet(settings, node, log)
    const started = () => fleet.#ended !== undefined || Object.keys(fleet.ports).length > 0
    await until(started, { what: 'the start of the master', timeoutMs: 30_000 })
    if (fleet.#ended) throw new Error(`the master did not start:\n${fleet.stderr}`)
    return fleet
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** How it ended, if it has. */
  get ended(): string | undefined {
    return this.#ended && `${this.#ended.signal ?? this.#ended.code}`
  }

  /** Who serves in a slot. */
  serving(group: string, slot: number): Life | undefined {
    return this.#in(group, slot).find(({ readyAt, drainingAt }) => readyAt && !drainingAt)
  }

  /** A process of a slot that has not got ready yet. */
  starting(group: string, slot: number): Life | undefined {
    return this.#in(group, slot).find(({ readyAt }) => !readyAt)
  }

  /** Resolves when the order has been carried out; rejects if it was refused, or takes for ever. */
  async order(request: ChaosRequest): Promise<MasterStatus | undefined> {
    const id = ++this.#lastId
    const answered = new Promise<Extract<ChaosNews, { type: 'answer' }>>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#answers.delete(id)
        reject(new Error(`no answer to ${JSON.stringify(request)} within ${ANSWER_MS} ms`))
      }, ANSWER_MS)
      this.#answers.set(id, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
    })
    this.#child.send({ ...request, id } satisfies ChaosOrder)
    const { status, error } = await answered
    if (error) throw new Refused(error)
    return status
  }

  /** Asks a worker for a sign of life. Returns what tells when it came, if it has. */
  async askForEcho(pid: number): Promise<() => number | undefined> {
    const id = ++this.#lastId
    await this.order({ do: 'tell', pid, order: { do: 'echo', id } })
    return () => this.#echoes.get(id)
  }

  /** Stops the master, and nothing else. Resolves with how its process ended by itself, within bounds. */
  async stop(timeoutMs: number): Promise<string> {
    await this.order({ do: 'stop' })
    const exited = once(this.#child, 'exit', { timeoutMs })
    this.#child.disconnect()
    await exited
    return this.ended!
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) {
      const exited = once(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await exited
    }
    for (const { pid, exitedAt } of this.lives.values()) {
      if (exitedAt === undefined && isAlive(pid)) process.kill(pid, 'SIGKILL')
    }
  }

  #in(group: string, slot: number): Life[] {
    return [...this.#living].filter((life) => life.group === group && life.slot === slot)
  }

  #hear(news: ChaosNews): void {
    switch (news.type) {
      case 'started':
        this.ports = news.sockets
        break
      case 'answer':
        this.#answers.get(news.id)?.(news)
        this.#answers.delete(news.id)
        break
      case 'echo':
        this.#echoes.set(news.id, news.at)
        break
      case 'strange':
        this.strange.push(news.what)
        break
      default:
        this.#note(news)
    }
  }

  #note({ type, at, pid, group, slot, end = '', asked = false }: WorkerNews): void {
    if (type === 'forked') {
      this.forks++
      const forked = { pid, group, slot, forkedAt: at }
      this.lives.set(pid, forked)
      this.#living.add(forked)
    }
    const life = this.lives.get(pid)
    if (life === undefined) return
    // Who stands by gets its slot later.
    life.slot = slot
    if (type === 'ready') life.readyAt = at
    else if (type === 'draining') life.drainingAt = at
    else if (type === 'silent') this.silences++
    else if (type === 'exited') {
      Object.assign(life, { exitedAt: at, end, asked })
      this.#living.delete(life)
    }
  }
}
