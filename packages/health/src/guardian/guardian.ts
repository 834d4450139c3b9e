import { type ExitReason, ManifoldError } from '@manifold/core'
import { EventEmitter, log, throwLater } from '@manifold/core/internal'
import { Deposits } from './deposits.js'
import type { GuardianEvents } from './events.js'
import { Generation } from './generation/generation.js'
import { lockName, type NameLock } from './name-lock.js'
import type { GuardConfig } from './options.js'
import { Revival } from './revival.js'
import type { GuardianStatus } from './status.js'

const debug = log('guardian')

/** A process that is only there to wait must be kept from ending. */
const AWAKE_MS = 2 ** 30

/**
 * Starts a master, keeps copies of its sockets, and has another take over when it dies, or when it is to be upgraded. It
 * runs no code of the application. Made by `guard()`.
 */
export class Guardian extends EventEmitter<GuardianEvents> {
  readonly #config: GuardConfig
  readonly #lock: NameLock
  readonly #deposits = new Deposits()
  readonly #revival: Revival
  /** All of which there is a process left. */
  readonly #generations = new Set<Generation>()
  readonly #awake = setInterval(() => {}, AWAKE_MS)
  /** The one that serves. Its master may be dead. */
  #serving: Generation | undefined
  /** One that is to follow it, and has not settled yet. */
  #next: Generation | undefined
  /** One that served and stops by itself. */
  #leaving: Generation | undefined
  #upgrading: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #state: GuardianStatus['state'] = 'starting'
  #last = 0
  #farewell: () => Promise<void> = async () => {}

  /** @throws {ManifoldError} `ERR_MANIFOLD_GUARDED` if the service has a guardian already. */
  constructor(config: GuardConfig) {
    super()
    this.#config = config
    this.#lock = lockName(config.name)
    this.#revival = new Revival(config.restart, config.clock, {
      backoff: (delayMs) => this.tell('backoff', { delayMs }),
      crashloop: (restarts) => this.tell('crashloop', { restarts, withinMs: config.restart.withinMs }),
      gaveUp: (restarts) => this.tell('gaveUp', { restarts }),
      start: () => this.#restart(),
    })
  }

  /** Resolves when the first master has settled. If it does not, everything is stopped, and it rejects with the reason. */
  async start(): Promise<void> {
    try {
      await this.#launch()
      this.#state = 'running'
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /**
   * Starts another master: with the code, the configuration and the Node that are there now. The old one finishes what it
   * has once the new one has settled. If that fails, the old one stays. While one upgrade runs, another joins it.
   *
   * @throws {ManifoldError} the reason why the new master did not settle, `ERR_MANIFOLD_READY_TIMEOUT` if it took too long,
   *   or `ERR_MANIFOLD_STOPPED` if the guardian stops.
   */
  upgrade(): Promise<void> {
    this.#upgrading ??= this.#upgrade().finally(() => {
      this.#upgrading = undefined
    })
    return this.#upgrading
  }

  /** Drains and ends all that was started. Resolves when nothing is left of it. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /** Kills all that was started, and stops. What it had accepted is lost. */
  destroy(): void {
    void this.stop()
    for (const generation of this.#generations) generation.destroy()
  }

  /** To be done after 'stopped', before `stop()` resolves. */
  afterwards(farewell: () => Promise<void>): void {
    this.#farewell = farewell
  }

  status(): GuardianStatus {
    return {
      pid: process.pid,
      state: this.#state,
      gaveUp: this.#revival.gaveUp,
      generations: [...this.#generations].map(({ number, state, pid }) => ({
        generation: number,
        state,
        pid,
      })),
      sockets: this.#deposits.size,
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Emits. A listener's mistake is an uncaught exception, as ever; but ours is not the state to suffer from it. */
  tell<Name extends keyof GuardianEvents>(name: Name, ...payload: GuardianEvents[Name]): void {
    debug('%s %o', name, ...payload)
    try {
      this.emit(name, ...(payload as never))
    } catch (error) {
      throwLater(error)
    }
  }

  async #upgrade(): Promise<void> {
    this.#assertGoingOn()
    if (this.#next) await this.#next.settled.catch(() => {})
    this.#assertGoingOn()
    this.#revival.cancel()
    const from = this.#serving?.number ?? 0
    const generation = this.#last + 1
    this.tell('upgrading', { generation })
    try {
      await this.#launch()
    } catch (error) {
      this.tell('upgradeFailed', { generation, error: error as Error })
      // The master may have died meanwhile, or long before: then this was its successor.
      if (!this.#stopping && !this.#served) this.#revival.died(undefined)
      throw error
    }
    this.#revival.forget()
    this.tell('upgraded', { from, to: generation })
  }

  /** Resolves whether a new master has settled; true if none is needed. */
  async #restart(): Promise<boolean> {
    if (this.#stopping || this.#next || this.#served) return true
    const generation = this.#last + 1
    try {
      await this.#launch()
      return true
    } catch (error) {
      if (this.#stopping) return true
      this.tell('restartFailed', { generation, error: error as Error })
      return false
    }
  }

  /** Starts a master, and lets it serve once it has settled. */
  async #launch(): Promise<void> {
    const next = this.#generation()
    this.#next = next
    try {
      await next.settled
      this.#assertGoingOn()
    } catch (error) {
      next.retire('replace')
      throw error
    } finally {
      this.#next = undefined
    }
    const old = this.#serving
    this.#serving = next
    this.#deposits.settled(next.number)
    this.tell('masterSettled', { generation: next.number })
    for (const generation of this.#generations) if (generation !== next) generation.retire('replace')
    // It may have died in the moment between.
    if (next.pid === undefined) this.#mourn(next)
    debug('generation %d follows %o', next.number, old?.number)
  }

  #generation(): Generation {
    const generation = new Generation(++this.#last, this.#config, this.#deposits, {
      lock: this.#lock.fd,
      beside: this.#served,
    })
    const { number } = generation
    this.#generations.add(generation)
    generation.on('deposit', (deposit, handle) => this.#deposits.add(number, deposit, handle))
    generation.on('take', (id) => this.#deposits.take(number, id))
    generation.on('withdraw', (id) => this.#deposits.withdraw(number, id))
    generation.on('hang', (hang) => this.tell('masterHang', { generation: number, hang }))
    generation.on('silent', () => this.tell('masterSilent', { generation: number }))
    generation.on('stopping', () => this.#leave(generation))
    generation.on('alert', (alert) => this.tell('alert', alert))
    generation.on('upgrade', () => void this.upgrade().catch(() => {}))
    generation.on('died', (reason) => {
      if (generation === this.#serving && generation.state !== 'retiring') this.#mourn(generation, reason)
    })
    generation.on('gone', () => {
      this.#generations.delete(generation)
      this.#deposits.gone(number)
      this.tell('generationGone', { generation: number })
    })
    this.tell('masterStarted', { generation: number, pid: generation.pid })
    return generation
  }

  /** Whether a master serves, and is going to. */
  get #served(): boolean {
    return this.#serving?.pid !== undefined && this.#serving !== this.#leaving
  }

  /** A master stops that was not told to. What it has may take long, so that the next one is not kept waiting by it. */
  #leave(generation: Generation): void {
    if (this.#stopping || generation !== this.#serving || generation.state !== 'settled') return
    this.tell('masterStopping', { generation: generation.number })
    // Whether another is wanted is not known before it has ended.
    if (this.#config.restart.policy === 'on-failure') return
    this.#leaving = generation
    if (!this.#next) this.#revival.died(generation.settledMs)
  }

  /** The master that serves has died. */
  #mourn(generation: Generation, reason: ExitReason = generation.reason!): void {
    if (this.#stopping) return
    this.tell('masterDied', { generation: generation.number, reason })
    if (this.#config.restart.policy === 'on-failure' && reason.type === 'exited' && reason.code === 0) {
      void this.stop()
      return
    }
    // One is on its way already.
    if (!this.#next && generation !== this.#leaving) this.#revival.died(generation.settledMs)
  }

  async #stop(): Promise<void> {
    this.#state = 'stopping'
    // Whoever hears of it may stop again.
    await Promise.resolve()
    this.tell('stopping')
    this.#revival.cancel()
    this.#deposits.close()
    const generations = [...this.#generations]
    for (const generation of generations) generation.retire('stop')
    await Promise.all(generations.map((generation) => generation.left))
    this.#deposits.unlink()
    this.#lock.release()
    this.#state = 'stopped'
    this.tell('stopped')
    await this.#farewell()
    clearInterval(this.#awake)
  }

  #assertGoingOn(): void {
    if (this.#stopping) throw new ManifoldError('ERR_MANIFOLD_STOPPED', 'the guardian was stopped')
  }
}
