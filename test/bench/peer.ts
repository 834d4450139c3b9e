import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive } from '../helpers/leaks.js'
import { once, until } from '../helpers/wait.js'
import type { Contestant } from './contestants.js'
import type { FromPeer, PeerSettings, ToPeer } from './peers/protocol.js'
import { workerCounts } from './worker-counts.js'

// A signal must run the 'exit' listeners below; the masters end by themselves when their channel to us closes.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
// One for each contestant.
process.setMaxListeners(50)

interface PeerOptions {
  /** The Node that runs the contestant. */
  node: string
  workers: number
  /** The worker's script in `apps/`. */
  app: string
}

/** A contestant that runs: its master is a process of its own, so that its CPU and memory can be told apart. */
export class Peer implements AsyncDisposable {
  readonly contestant: Contestant
  readonly port: number
  masterPid: number
  /** From the call that starts the first worker to its first listening socket. */
  startMs = Number.NaN
  /** The workers that serve now. */
  pids: number[] = []
  /** What its master told of its workers, where it is one that knows. */
  readonly noticed: Extract<FromPeer, { type: 'noticed' }>[] = []

  readonly #child: ChildProcess
  readonly #workers: number
  readonly #countsFolder: string
  readonly #everServed = new Set<number>()

  readonly #cleanUp = (): void => rmSync(this.#countsFolder, { recursive: true, force: true })

  private constructor(contestant: Contestant, port: number, { node, workers, app }: PeerOptions) {
    this.contestant = contestant
    this.port = port
    this.#workers = contestant.master ? workers : 1
    this.#countsFolder = mkdtempSync(path.join(os.tmpdir(), 'manifold-bench-'))
    process.on('exit', this.#cleanUp)
    const settings: PeerSettings = {
      app: fileURLToPath(new URL(`./apps/${app}`, import.meta.url)),
      port,
      workers,
      variant: contestant.variant,
    }
    const script = fileURLToPath(new URL(`./peers/${contestant.script}.js`, import.meta.url))
    this.#child = fork(script, [JSON.stringify(settings)], {
      execPath: node,
      execArgv: [],
      env: { ...process.env, PORT: String(port), BENCH_COUNTS: this.#countsFolder },
    })
    this.masterPid = this.#child.pid!
    this.#child.on('message', (message: FromPeer) => this.#onMessage(message))
  }

  /** Resolves when all workers serve. */
  static async start(contestant: Contestant, options: PeerOptions): Promise<Peer> {
    const peer = new Peer(contestant, await freePort(), options)
    try {
      await peer.fullStrength()
      if (contestant.script === 'cluster' || contestant.script === 'manifold') {
        await until(() => !Number.isNaN(peer.startMs), { what: `the start time of ${contestant.name}` })
      }
      return peer
    } catch (error) {
      await peer.stop()
      throw error
    }
  }

  /** Resolves when as many workers serve as there should be, the given ones not counted. */
  async fullStrength(except: number[] = []): Promise<void> {
    const serving = () => this.pids.filter((pid) => !except.includes(pid)).length
    if (serving() >= this.#workers) return
    await this.#message('all its workers', 30_000, () => serving() >= this.#workers)
  }

  /** Replaces all workers gracefully. Resolves with the time until the first of the new ones listened. */
  async reload(): Promise<number> {
    const reloaded = this.#message('the end of its reload', 120_000, ({ type }) => type === 'reloaded')
    this.#child.send({ type: 'reload' } satisfies ToPeer)
    const { error, firstListeningMs = Number.NaN } = (await reloaded) as Extract<
      FromPeer,
      { type: 'reloaded' }
    >
    if (error !== undefined) throw new Error(`${this.contestant.name}: ${error}`)
    return firstListeningMs
  }

  /** How many connections each worker has got since it started. */
  counts(): Promise<Map<number, number>> {
    return workerCounts(this.#countsFolder, this.pids)
  }

  /** Who hangs, if somebody was told to (`/hang`), and since when (`moment()`). */
  get hung(): { pid: number; at: number } | undefined {
    const file = path.join(this.#countsFolder, 'hung')
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit', { timeoutMs: 15_000 })
      if (this.#child.connected) this.#child.disconnect()
      await exited.catch(() => this.#child.kill('SIGKILL'))
    }
    const left = () => [...this.#everServed].filter(isAlive)
    await until(() => left().length === 0, { what: 'its workers to end', timeoutMs: 5_000 }).catch(() => {
      console.error(`${this.contestant.name} left ${left().length} workers behind; they are killed`)
      for (const pid of left()) process.kill(pid, 'SIGKILL')
    })
    process.off('exit', this.#cleanUp)
    this.#cleanUp()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #onMessage(message: FromPeer): void {
    if (message.type === 'started') this.startMs = message.startMs
    if (message.type === 'master') this.masterPid = message.pid
    if (message.type === 'noticed') this.noticed.push(message)
    if (message.type !== 'serving') return
    this.pids = message.pids
    for (const pid of message.pids) this.#everServed.add(pid)
  }

  /** The next message that passes; a master that dies first fails the wait at once. */
  async #message(what: string, timeoutMs: number, filter: (message: FromPeer) => boolean): Promise<FromPeer> {
    const name = this.contestant.name
    return await new Promise<FromPeer>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        this.#child.off('message', onMessage)
        this.#child.off('exit', onExit)
        act()
      }
      const onMessage = (message: FromPeer) => {
        if (filter(message)) settle(() => resolve(message))
      }
      const onExit = (code: number | null, signal: string | null) => {
        settle(() => reject(new Error(`${name} ended (${signal ?? code}) before ${what}`)))
      }
      const timer = setTimeout(() => {
        settle(() => reject(new Error(`${name}: ${what} did not come within ${timeoutMs} ms`)))
      }, timeoutMs)
      this.#child.on('message', onMessage)
      this.#child.on('exit', onExit)
    })
  }
}

/** Free a moment ago: contestants that share a port by its number cannot be given port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
