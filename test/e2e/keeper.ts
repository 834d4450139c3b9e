import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  Channel,
  type Deposit,
  GUARD_VARIABLE,
  GUARD_VERSION,
  type GuardBoot,
  type GuardedMessage,
  type GuardianMessage,
  type Handle,
  portOf,
  systemClock,
} from '@manifold/core/internal'
import type { SocketStatus } from '@manifold/groups'
import type { GuardedConfig } from '../fixtures/guarded/master.js'
import { once } from '../helpers/wait.js'
import { fixture } from './service.js'

type Line = Channel<GuardedMessage, GuardianMessage, Record<never, never>, Record<never, never>>

/** A master whose guardian is this test: what it says comes as events, and what it deposits is added to `kept`. */
export class KeptMaster extends EventEmitter<Record<string, [Record<string, unknown>]>> {
  static #generation = 0
  readonly process: ChildProcess
  readonly ended: Promise<unknown>
  readonly said: GuardedMessage['t'][] = []
  readonly workers = new Set<number>()
  readonly #line: Line

  constructor(config: GuardedConfig, directory: string, kept: Map<string, [Deposit, Handle]>) {
    super()
    const generation = ++KeptMaster.#generation
    const file = path.join(directory, `${generation}.json`)
    writeFileSync(file, JSON.stringify(config))
    const boot: GuardBoot = {
      ...{ version: GUARD_VERSION, generation, lifeline: 3, beatMs: 50 },
      ...{ watchdog: undefined, inherited: [], alerts: null },
    }
    this.process = spawn(process.execPath, [fileURLToPath(fixture('guarded/master'))], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'ipc'],
      env: { ...process.env, GUARDED_CONFIG: file, [GUARD_VARIABLE]: JSON.stringify(boot) },
    })
    this.ended = once(this.process, 'exit', { timeoutMs: 30_000 })
    this.ended.catch(() => {})
    this.lifeline.on('error', () => {})
    this.#line = new Channel(portOf(this.process), { clock: systemClock, peer: 'a master', maxQueued: 1_000 })
    const heard = (message: GuardedMessage) => {
      this.said.push(message.t)
      this.emit(message.t, message as unknown as Record<string, unknown>)
    }
    this.#line.receive(
      {
        hello: (message) => {
          for (const [deposit, handle] of kept.values())
            this.#line.sendHandle({ t: 'stored', deposit }, handle, () => {})
          this.#line.send({ t: 'storedAll' })
          heard(message)
        },
        deposit: (message, handle) => {
          kept.set(`${message.deposit.id} ${message.deposit.part}`, [message.deposit, handle!])
          heard(message)
        },
        take: heard,
        withdraw: (message) => {
          for (const part of ['socket', 'lock']) {
            kept.get(`${message.id} ${part}`)?.[1].close()
            kept.delete(`${message.id} ${part}`)
          }
          heard(message)
        },
        ...{
          begun: heard,
          settled: heard,
          failed: heard,
          beat: heard,
          stopping: heard,
          alert: heard,
          upgrade: heard,
        },
      },
      {},
    )
    createInterface(this.process.stdout!).on('line', (line) => {
      const news = JSON.parse(line) as Record<string, unknown>
      if (typeof news.worker === 'number') this.workers.add(news.worker)
      this.emit(news.lost ? 'lost' : news.sockets ? 'serves' : 'news', news)
    })
  }

  /** Our end. */
  get lifeline(): Socket {
    return this.process.stdio[3] as Socket
  }

  /** Where it listens, once it does. */
  async serves(): Promise<Record<string, SocketStatus>> {
    const [{ sockets }] = await once<[Record<string, unknown>]>(this, 'serves', { timeoutMs: 20_000 })
    return sockets as Record<string, SocketStatus>
  }

  tell(cause: 'stop' | 'replace'): void {
    this.#line.send({ t: 'stop', cause })
  }

  hangUp(): void {
    this.process.disconnect()
  }
}
