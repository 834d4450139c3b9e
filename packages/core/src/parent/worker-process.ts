import { log } from '../debug.js'
import { type DrainCause, PROTOCOL_VERSION, STANDBY, type Vitals } from '../ipc/protocol.js'
import type { Machine } from '../machine.js'
import type { ExitReason } from './exit-reason.js'
import { receive, type WorkerNews } from './inbox.js'
import { ProcessEnd } from './process-end.js'
import { type Rates, ratesBetween } from './rates.js'
import { Standby } from './standby.js'
import { StartWatch } from './start-watch.js'
import { StderrTail } from './stderr-tail.js'
import type { WorkerHost } from './worker-host.js'
import { WorkerLine } from './worker-line.js'
import type { WorkerOptions } from './worker-options.js'
import { type WorkerState, workerMachine } from './worker-state.js'

const debug = log('worker')

/** One worker from the side of its master: one process, one channel, one state. */
export class WorkerProcess extends WorkerLine {
  /** Whether it began without a slot. */
  readonly stoodBy: boolean
  /** Whether its event loop has been late for too long, in the judgement of its group. */
  overloaded = false
  readonly #options: WorkerOptions
  readonly #machine: Machine<WorkerState>
  readonly #end: ProcessEnd
  readonly #stderr: StderrTail
  readonly #start: StartWatch
  readonly #standby: Standby
  readonly #bornAt: number
  #slot: number
  #destroyedConnections = 0
  #vitals: Vitals | undefined
  #rates: Rates | undefined
  #wasReady = false
  #leaving = false

  constructor(options: WorkerOptions, host: WorkerHost) {
    super(options)
    const { id, group, slot } = options
    this.#slot = slot
    this.stoodBy = slot === STANDBY
    this.#options = options
    this.#bornAt = this.clock.now()
    this.#machine = workerMachine(`worker ${id} of group '${group}'`)
    this.#stderr = new StderrTail(options.cluster ? null : this.child.stderr)
    // Nobody else can read it, and a worker whose pipe is full would hang. As in `node:cluster`, it is the program's.
    if (!options.cluster) this.child.stdout?.on('data', (chunk: Buffer) => process.stdout.write(chunk))
    this.#end = new ProcessEnd(this.child, this.clock, {
      unreachable: () => {
        this.emit('disconnect')
        if (!options.cluster) this.#end.byItself(options.drainTimeoutMs)
      },
      gone: (reason) => this.#gone(reason),
    })
    this.#start = new StartWatch(options, {
      describe: () => ({ slot: this.slot, pid: this.pid, stderr: this.#stderr.toString() }),
      overdue: () => void this.drain('stop', 0),
    })
    this.#standby = new Standby(this.stoodBy, () => this.#wait())
    const { channel, echoes, surpluses } = this
    const parts = { channel, echoes, surpluses, progress: this.#start.progress, standby: this.#standby }
    receive(this, host, parts, this.#news())
  }

  /** `STANDBY` until it is promoted, if it stands by. */
  get slot(): number {
    return this.#slot
  }

  get state(): WorkerState {
    return this.#machine.state
  }

  get uptimeMs(): number {
    return this.clock.now() - this.#bornAt
  }

  /** Resolves when the worker is ready; rejects with a `StartError` that says why it never will be. */
  get started(): Promise<void> {
    return this.#start.started
  }

  /** Of a worker that stands by: resolves when it waits for a slot, or has got one; rejects as `started` does. */
  get waiting(): Promise<void> {
    return this.#start.waiting
  }

  /** How it was when it said so last; undefined before it has. */
  get vitals(): Vitals | undefined {
    return this.#vitals
  }

  /** What it was given between its last two beats; undefined before the second. */
  get rates(): Rates | undefined {
    return this.#rates
  }

  /** Whether it has been ready at any time. */
  get wasReady(): boolean {
    return this.#wasReady
  }

  get alive(): boolean {
    return this.#end.alive
  }

  /** Resolves when the process is gone. */
  get closed(): Promise<ExitReason> {
    return this.#end.closed
  }

  /** Connections that were cut off because the worker's time was over. */
  get destroyedConnections(): number {
    return this.#destroyedConnections
  }

  /** Adds to what is told if the worker does not come up. */
  note(text: string): void {
    this.#start.progress.note(text)
  }

  /**
   * Gives a slot to a worker that stands by: it is answered now what it has asked for, and has as much time to get ready
   * as if it had just been started. Throws when the channel is closed.
   */
  promote(slot: number): void {
    this.channel.send({ t: 'promote', slot })
    this.#slot = slot
    if (this.state === 'waiting') this.#machine.to('online')
    this.#start.promoted()
    this.#standby.end()
  }

  /** Sends a signal. SIGTERM lets it drain. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#end.kill(signal)
  }

  /** Kills it now. What it had accepted is lost. */
  destroy(): void {
    this.#end.destroy()
  }

  /**
   * Tells it to finish: no new connections, answer what is open, then exit. Killed if it takes longer than
   * `timeoutMs` and a second. Idempotent: later callers share the first call's result.
   */
  drain(cause: DrainCause, timeoutMs = this.#options.drainTimeoutMs): Promise<ExitReason> {
    this.#draining(cause)
    return this.#end.within(timeoutMs, () => this.#askToDrain(cause, timeoutMs))
  }

  /**
   * As in `node:cluster`: it closes its servers, and its channel when they have. How long it takes for that, and to end, is
   * its own affair.
   */
  leave(): void {
    this.#leaves()
    if (this.connected) this.channel.send({ t: 'leave' })
  }

  /** Whether it was told to go, or goes, in one way or the other: nobody is to succeed it for that. */
  get leaving(): boolean {
    return this.#leaving
  }

  #leaves(): void {
    this.#leaving = true
    this.#end.expected()
    this.#draining('stop')
  }

  #askToDrain(cause: DrainCause, timeoutMs: number): void {
    const { keepAliveGraceMs } = this.#options
    try {
      this.channel.send({ t: 'drain', cause, timeoutMs, keepAliveGraceMs })
    } catch {
      this.kill('SIGTERM')
    }
  }

  #draining(cause: DrainCause): void {
    if (!this.#machine.can('draining')) return
    this.#machine.to('draining')
    this.emit('draining', cause)
  }

  #news(): WorkerNews {
    return {
      hello: (version) => this.#greet(version),
      ready: () => this.#ready(),
      beat: (vitals) => {
        if (this.#vitals) this.#rates = ratesBetween(this.#vitals, vitals)
        this.#vitals = vitals
        this.emit('beat', vitals)
      },
      uncaught: (uncaught) => this.emit('uncaught', uncaught),
      leave: () => this.#leaves(),
      draining: (cause) => {
        this.#draining(cause)
        this.#end.byItself(this.#options.drainTimeoutMs)
      },
      drained: (destroyed) => {
        this.#destroyedConnections = destroyed
      },
    }
  }

  #greet(version: number): void {
    if (version !== PROTOCOL_VERSION) {
      const versions = `it speaks version ${version} of the protocol, its master version ${PROTOCOL_VERSION}`
      this.#start.doom('ERR_MANIFOLD_PROTOCOL', versions)
      this.destroy()
      return
    }
    if (this.#machine.can('online')) this.#machine.to('online')
    // Who was told to leave before has come up all the same, as in `node:cluster`.
    else if (!this.#leaving) return
    this.#start.progress.online()
    this.emit('online')
  }

  #wait(): void {
    if (!this.#machine.can('waiting')) return
    this.#machine.to('waiting')
    this.#start.waits()
    this.emit('waiting')
  }

  #ready(): void {
    if (!this.#machine.can('ready')) return
    this.#machine.to('ready')
    this.#wasReady = true
    this.#start.ready()
    this.emit('ready')
  }

  #gone(reason: ExitReason): void {
    this.#machine.to('exited')
    debug('worker %d of %s: %o', this.id, this.group, reason)
    this.#start.gone(reason)
    this.hangUp()
    this.emit('exit', reason)
  }
}
