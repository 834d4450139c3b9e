import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { type Clock, type ExitReason, formatExit, ManifoldError, type Timer } from '@manifold/core'
import {
  Channel,
  EventEmitter,
  fromWire,
  GUARD_VERSION,
  type GuardBoot,
  type GuardedMessage,
  type GuardianMessage,
  Hangs,
  log,
  Machine,
  portOf,
  type Transitions,
} from '@manifold/core/internal'
import type { Deposits } from '../deposits.js'
import type { GuardConfig } from '../options.js'
import type { GenerationEvents } from './generation-events.js'
import { identify, killHolders } from './holders.js'
import { MasterSilence } from './silence.js'
import { spawnMaster } from './spawn-master.js'

const debug = log('guardian')

export type GenerationState =
  /** Its master starts. */
  | 'starting'
  /** All its groups are ready, and it serves. */
  | 'settled'
  /** Its master is gone; its workers serve on until the next generation has settled. */
  | 'orphaned'
  /** It is no longer needed, and drains. */
  | 'retiring'
  | 'gone'

const TRANSITIONS: Transitions<GenerationState> = {
  starting: ['settled', 'retiring', 'gone'],
  settled: ['orphaned', 'retiring', 'gone'],
  orphaned: ['retiring', 'gone'],
  retiring: ['gone'],
  gone: [],
}

/** How long a channel may take to end once its process has. */
const LAST_WORDS_MS = 1_000
/** What a master may take beyond the drain of its workers. */
const MARGIN_MS = 5_000
const MAX_QUEUED = 10_000

type MasterChannel = Channel<GuardedMessage, GuardianMessage, Record<never, never>, Record<never, never>>

/**
 * One life of the master, and the workers that it started: they may outlive it. The lifeline is a pipe of which the guardian
 * has one end, and all processes of the generation have the other. Ended here, it tells them that they are no longer needed;
 * it ends there once the last of them is gone.
 */
export class Generation extends EventEmitter<GenerationEvents> {
  readonly number: number
  /** Resolves when all its groups are ready; rejects with the reason why that is not to be. */
  readonly settled: Promise<void>
  /** Resolves when no process of it is left. */
  readonly left: Promise<void>
  readonly #config: GuardConfig
  readonly #clock: Clock
  readonly #deposits: Deposits
  readonly #machine: Machine<GenerationState>
  readonly #child: ChildProcess
  readonly #channel: MasterChannel
  readonly #lifeline: Socket | undefined
  /** What the kernel calls their end of the lifeline. */
  readonly #token: string | undefined
  #settle!: { resolve(): void; reject(error: Error): void }
  #silence: MasterSilence | undefined
  #deadline: Timer | undefined
  #settledAt: number | undefined
  #drainTimeoutMs = 0
  #failure: Error | undefined
  #reason: ExitReason | undefined
  #hurried = false
  /** Why it is no longer needed; undefined while it is. */
  #retired: 'stop' | 'replace' | undefined
  /** Whether its master has begun to stop. */
  #leaving = false

  /**
   * Starts the master. What is stored is for it.
   *
   * @param master.lock a descriptor that it inherits, or -1.
   * @param master.beside whether another serves meanwhile.
   */
  constructor(
    number: number,
    config: GuardConfig,
    deposits: Deposits,
    master: { readonly lock: number; readonly beside: boolean },
  ) {
    super()
    this.number = number
    this.#config = config
    this.#clock = config.clock
    this.#machine = new Machine(`generation ${number}`, TRANSITIONS, 'starting')
    this.settled = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    this.left = new Promise((resolve) => this.once('gone', resolve))
    // Who waits for it comes later, or not at all.
    this.settled.catch(() => {})
    const { child, lifeline, boot } = spawnMaster(number, config, master)
    this.#child = child
    this.#lifeline = lifeline
    this.#token = child.pid === undefined ? undefined : identify(child.pid, boot.lifeline)
    const peer = `the master of generation ${number}`
    this.#channel = new Channel(portOf(child), { clock: this.#clock, peer, maxQueued: MAX_QUEUED })
    this.#deposits = deposits
    this.#listen(boot)
    this.#watch()
    this.#deadline = this.#clock.after(config.settleTimeoutMs, () => this.#tooLate())
  }

  get state(): GenerationState {
    return this.#machine.state
  }

  /** Of the master; undefined once it is gone. */
  get pid(): number | undefined {
    return this.#masterAlive ? this.#child.pid : undefined
  }

  /** Why its master has ended; undefined while that lives. */
  get reason(): ExitReason | undefined {
    return this.#reason
  }

  /** For how long it has been settled; undefined if it never was. */
  get settledMs(): number | undefined {
    return this.#settledAt === undefined ? undefined : this.#clock.now() - this.#settledAt
  }

  /** It is no longer needed. It drains, and what does not end in time is killed. Idempotent. */
  retire(cause: 'stop' | 'replace'): void {
    if (this.state === 'retiring' || this.state === 'gone') return
    this.#machine.to('retiring')
    this.#retired = cause
    this.#failed(new ManifoldError('ERR_MANIFOLD_STOPPED', 'it was not needed any more'))
    if (!this.#masterAlive) this.#release()
    else if (this.#channel.open) {
      this.#send({ t: 'stop', cause })
      this.#limit(() => this.kill())
    } else if (this.#leaving) this.#limit(() => this.kill())
    else this.kill()
  }

  /** Kills the master; its workers do as if it had died. */
  kill(): void {
    if (this.#masterAlive) this.#child.kill('SIGKILL')
  }

  /** Kills the master and all workers. */
  destroy(): void {
    this.#hurried = true
    this.retire('stop')
    this.kill()
    if (this.#token) killHolders(this.#token)
  }

  #listen({ watchdog }: GuardBoot): void {
    const heard = () => this.#silence?.heard()
    this.#channel.receive(
      {
        hello: ({ version }) => this.#greet(version),
        beat: heard,
        deposit: ({ deposit }, handle) => {
          if (handle) this.emit('deposit', deposit, handle)
        },
        take: ({ id }) => this.emit('take', id),
        withdraw: ({ id }) => this.emit('withdraw', id),
        begun: ({ drainTimeoutMs }) => {
          this.#drainTimeoutMs = drainTimeoutMs
        },
        settled: ({ drainTimeoutMs }) => this.#settledNow(drainTimeoutMs),
        failed: ({ error }) => this.#failed(fromWire(error)),
        stopping: () => {
          this.#leaving = true
          this.emit('stopping')
        },
        alert: ({ t: _, ...alert }) => this.emit('alert', alert),
        upgrade: () => this.emit('upgrade'),
      },
      {},
    )
    const source = watchdog && (this.#child.stdio[watchdog.fd] as Socket | undefined)
    new Hangs(source, (hang) => this.emit('hang', hang))
  }

  #watch(): void {
    const child = this.#child
    child.on('error', (error) => {
      if (child.pid === undefined) this.#died({ type: 'unspawned', error, asked: false })
    })
    // It has taken its leave, and may still have something of its own to finish.
    child.once('disconnect', () => {
      if (!this.#leaving || !this.#masterAlive) return
      this.#silence?.stop()
      if (this.state === 'settled') this.#limit(() => this.kill())
    })
    child.once('exit', (code, signal) => {
      const asked = this.state === 'retiring'
      const reason: ExitReason = signal
        ? { type: 'signaled', signal, asked }
        : { type: 'exited', code: code ?? 0, asked }
      // What it had said before is read until its channel ends. That is soon, as nobody inherits it.
      if (!child.connected) this.#died(reason)
      else {
        const died = () => this.#died(reason)
        child.once('disconnect', died)
        this.#clock.after(LAST_WORDS_MS, died)
      }
    })
    this.#lifeline?.on('error', () => {})
    this.#lifeline?.once('close', () => this.#end())
    this.#lifeline?.resume()
  }

  #greet(version: number): void {
    if (version !== GUARD_VERSION) {
      const text = `the master speaks version ${version} of the guardian's protocol, the guardian ${GUARD_VERSION}`
      this.#failed(new ManifoldError('ERR_MANIFOLD_PROTOCOL', text))
      this.kill()
      return
    }
    // Not before: Node drops what comes while nobody listens, so that it may not have heard that it is no longer needed.
    if (this.#retired) {
      this.#send({ t: 'stop', cause: this.#retired })
      this.#send({ t: 'storedAll' })
      return
    }
    for (const { deposit, handle } of this.#deposits.all) this.#send({ t: 'stored', deposit }, handle)
    this.#send({ t: 'storedAll' })
    const { heartbeat } = this.#config
    if (!heartbeat || this.#silence) return
    this.#silence = new MasterSilence(heartbeat.timeoutMs, this.#clock, () => {
      this.emit('silent')
      this.kill()
    })
  }

  #settledNow(drainTimeoutMs: number): void {
    this.#drainTimeoutMs = drainTimeoutMs
    if (this.state !== 'starting') return
    this.#deadline?.cancel()
    this.#settledAt = this.#clock.now()
    this.#machine.to('settled')
    this.#settle.resolve()
  }

  #failed(error: Error): void {
    this.#failure ??= error
    this.#settle.reject(this.#failure)
  }

  #tooLate(): void {
    const { settleTimeoutMs } = this.#config
    const text = `the master has not settled within ${settleTimeoutMs} ms`
    this.#failed(new ManifoldError('ERR_MANIFOLD_READY_TIMEOUT', text))
  }

  #died(reason: ExitReason): void {
    if (!this.#masterAlive) return
    this.#reason = reason
    this.#silence?.stop()
    this.#deadline?.cancel()
    this.#channel.close()
    const text = `the master ended before it had settled: ${formatExit(reason)}`
    this.#failed(new ManifoldError('ERR_MANIFOLD_START', text))
    if (this.state === 'settled') this.#machine.to('orphaned')
    else if (this.state === 'retiring') this.#release()
    this.emit('died', reason)
    if (!this.#lifeline) this.#end()
  }

  /** Tells its workers that they are no longer needed. */
  #release(): void {
    this.#deadline?.cancel()
    this.#lifeline?.end()
    this.#limit(() => {
      if (this.#token) killHolders(this.#token)
    })
  }

  /** Runs `late` if it takes longer than a drain may. */
  #limit(late: () => void): void {
    this.#deadline?.cancel()
    const waitMs = this.#hurried ? 0 : this.#drainTimeoutMs + MARGIN_MS
    this.#deadline = this.#clock.after(waitMs, () => {
      if (this.state !== 'gone') late()
    })
  }

  #end(): void {
    if (this.state === 'gone') return
    this.#deadline?.cancel()
    this.#machine.to('gone')
    debug('generation %d is gone', this.number)
    this.emit('gone')
  }

  get #masterAlive(): boolean {
    return this.#reason === undefined
  }

  #send(message: GuardianMessage, handle?: Parameters<MasterChannel['sendHandle']>[1]): void {
    if (!this.#channel.open) return
    if (handle) this.#channel.sendHandle(message, handle, () => {})
    else this.#channel.send(message)
  }
}
