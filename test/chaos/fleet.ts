import { type ChildProcess, fork } from 'node:child_process'
import { once as onceEmitted } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net, { type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { MasterStatus } from '@manifold/groups'
import { isAlive } from '../helpers/leaks.js'
import { moment } from '../helpers/moment.js'
import { once, until } from '../helpers/wait.js'
import type { ChaosNews, ChaosOrder, ChaosRequest, ChaosSettings, Refusal, WorkerNews } from './protocol.js'

/** How long the slowest order may take: a reload whose successors do not come up, on a machine that is busy. */
const ANSWER_MS = 60_000

/** All that is known of a process that was a worker. */
export interface Life {
  readonly pid: number
  /** Who has started it. */
  readonly master: number
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

/** What the guardian tells. */
interface GuardianNews {
  readonly event: string
  readonly pid?: number
  readonly generations?: readonly unknown[]
}

/** The master under fire, in a process of its own, and what it has told about its workers. With a guardian it has successors. */
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
  /** Of the master that has started last. */
  pid = 0
  /** Beside it if there is a guardian: its process is that which was started first. */
  readonly guarded: boolean

  readonly #child: ChildProcess
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'manifold-chaos-line-'))
  readonly #server: net.Server
  readonly #living = new Set<Life>()
  readonly #echoes = new Map<number, number>()
  readonly #answers = new Map<number, (answer: Extract<ChaosNews, { type: 'answer' }>) => void>()
  readonly #log: (line: string) => void
  #lines = new Set<Socket>()
  #line: Socket | undefined
  #heard: GuardianNews[] = []
  #lastId = 0
  #ended: { code: number | null; signal: NodeJS.Signals | null } | undefined

  private constructor(folder: string, node: string, guarded: boolean, log: (line: string) => void) {
    this.guarded = guarded
    this.#log = log
    const settings: ChaosSettings = { folder, line: path.join(this.#folder, 'line'), fault: this.#fault }
    this.#server = net.createServer((line) => this.#connected(line)).listen(settings.line)
    const master = fileURLToPath(new URL('./master.js', import.meta.url))
    const args = [JSON.stringify(settings)]
    const name = `chaos ${process.pid} ${this.#folder}`
    // As short as that it notices a master that is stopped within the time of a run.
    const heartbeat = { timeoutMs: 1_500 }
    const restart = { stableAfterMs: 0, maxRestarts: 100_000 }
    const options = { name, args, execArgv: [], heartbeat, restart, cwd: folder }
    const guardian = fileURLToPath(new URL('../fixtures/guarded/guardian.js', import.meta.url))
    const [script, argument] = guarded ? [guardian, JSON.stringify({ master, options })] : [master, args[0]!]
    this.#child = fork(script, [argument], {
      execPath: node,
      execArgv: [],
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-10_000)
      log(text)
    })
    this.#child.on('message', (news: GuardianNews) => {
      log(`${JSON.stringify(news)}\n`)
      this.#heard.push(news)
    })
    this.#child.once('exit', (code, signal) => {
      this.#ended = { code, signal }
    })
  }

  /** @param log gets all that the master says, and what it and its workers write on stderr. */
  static async start(
    folder: string,
    node: string,
    guarded: boolean,
    log: (line: string) => void,
  ): Promise<Fleet> {
    const fleet = new Fleet(folder, node, guarded, log)
    const begun = () =>
      Object.keys(fleet.ports).length > 0 &&
      (!guarded || fleet.#heard.some(({ event }) => event === 'started'))
    const started = () => fleet.#ended !== undefined || begun()
    await until(started, { what: 'the start of the master', timeoutMs: 30_000 })
    if (fleet.#ended) throw new Error(`the master did not start:\n${fleet.stderr}`)
    return fleet
  }

  /** The process that was started: the guardian, or the master. */
  get root(): number {
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
    this.#line!.write(`${JSON.stringify({ ...request, id } satisfies ChaosOrder)}\n`)
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

  /** Tells the guardian something, and waits for one of these events. */
  async guardian(order: 'upgrade' | 'status', ...events: string[]): Promise<GuardianNews> {
    this.#heard = []
    this.#child.send(order)
    return this.heard(...events)
  }

  /** Waits for one of these events of the guardian, from the last order on. */
  heard(...events: string[]): Promise<GuardianNews> {
    const found = () => this.#heard.find(({ event }) => events.includes(event))
    return until(found, { what: events.join(' or '), timeoutMs: ANSWER_MS }) as Promise<GuardianNews>
  }

  forget(): void {
    this.#heard = []
  }

  /** Lets each new master fail, or no longer. */
  spoil(yes: boolean): void {
    if (yes) writeFileSync(this.#fault, '')
    else rmSync(this.#fault, { force: true })
  }

  /** The workers of masters that are gone: those that have ended as well, unseen by anybody. */
  bury(): Life[] {
    const orphans = [...this.#living].filter(({ master }) => master !== this.pid)
    for (const life of orphans) {
      if (isAlive(life.pid)) continue
      Object.assign(life, { exitedAt: moment(), end: 'exit code 0', asked: true })
      this.#living.delete(life)
    }
    return orphans.filter(({ exitedAt }) => exitedAt === undefined)
  }

  /** Stops everything. Resolves with how its process ended by itself, within bounds. */
  async stop(timeoutMs: number): Promise<string> {
    if (!this.guarded) await this.order({ do: 'stop' })
    const exited = once(this.#child, 'exit', { timeoutMs })
    if (this.guarded) this.#child.send('stop')
    else this.#child.disconnect()
    await exited
    return this.ended!
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) {
      const exited = onceEmitted(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await exited
    }
    for (const line of this.#lines) line.destroy()
    this.#server.close()
    if (isAlive(this.pid)) process.kill(this.pid, 'SIGKILL')
    for (const { pid, exitedAt } of this.lives.values()) {
      if (exitedAt === undefined && isAlive(pid)) process.kill(pid, 'SIGKILL')
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #fault(): string {
    return path.join(this.#folder, 'fault')
  }

  #connected(line: Socket): void {
    this.#lines.add(line)
    let master = 0
    line.on('error', () => {})
    line.once('close', () => this.#lines.delete(line))
    createInterface(line).on('line', (text) => {
      const news = JSON.parse(text) as ChaosNews
      if (news.type !== 'answer') this.#log(`${text}\n`)
      if (news.type === 'here') master = news.pid
      if (news.type === 'started') {
        this.pid = news.pid
        this.#line = line
      }
      this.#hear(news, master)
    })
  }

  #in(group: string, slot: number): Life[] {
    const { pid } = this
    return [...this.#living].filter(
      (life) => life.master === pid && life.group === group && life.slot === slot,
    )
  }

  #hear(news: ChaosNews, master: number): void {
    switch (news.type) {
      case 'here':
        break
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
        this.#note(news, master)
    }
  }

  #note({ type, at, pid, group, slot, end = '', asked = false }: WorkerNews, master: number): void {
    if (type === 'forked') {
      this.forks++
      const forked = { pid, master, group, slot, forkedAt: at }
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
