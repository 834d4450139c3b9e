import { log } from '../debug.js'
import { type DrainCause, PROTOCOL_VERSION, type Vitals } from '../ipc/protocol.js'
import type { Machine } from '../machine.js'
import type { ExitReason } from './exit-reason.js'
import { receive, type WorkerNews } from './inbox.js'
import { ProcessEnd } from './process-end.js'
import { StartWatch } from './start-watch.js'
import { StderrTail } from './stderr-tail.js'
import type { WorkerHost } from './worker-host.js'
import { WorkerLine } from './worker-line.js'
import type { WorkerOptions } from './worker-options.js'
import { type WorkerState, workerMachine } from './worker-state.js'

const debug = log('worker')

/** One worker from the side of its master: one process, one channel, one state. */
export class WorkerProcess extends WorkerLine {
  readonly slot: number
  readonly #options: WorkerOptions
  readonly #machine: Machine<WorkerState>
  readonly #end: ProcessEnd
  readonly #stderr: StderrTail
  readonly #start: StartWatch
  readonly #bornAt: number
  #destroyedConnections = 0
  #vitals: Vitals | undefined
  #wasReady = false

  constructor(options: WorkerOptions, host: WorkerHost) {
    super(options)
    const { id, group, slot } = options
    this.slot = slot
    this.#options = options
    this.#bornAt = this.clock.now()
    this.#machine = workerMachine(`worker ${id} of group '${group}'`)
    this.#stderr = new StderrTail(this.child.stderr)
    // Nobody else can read it, and a worker whose pipe is full would hang.
    this.child.stdout?.on('data', (chunk: Buffer) => process.stdout.write(chunk))
    this.#end = new ProcessEnd(this.child, this.clock, {
      unreachable: () => {
        this.emit('disconnect')
        this.#end.byItself(options.drainTimeoutMs)
      },
      gone: (reason) => this.#gone(reason),
    })
    this.#start = new StartWatch(options, {
      describe: () => ({ slot, pid: this.pid, stderr: this.#stderr.toString() }),
      overdue: () => void this.drain('stop', 0),
    })
    const { progress } = this.#start
    const { channel, echoes, surpluses } = this
    receive(this, host, { channel, echoes, surpluses, progress }, this.#news())
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

  /** How it was when it said so last; undefined before it has. */
  get vitals(): Vitals | undefined {
    return this.#vitals
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
        this.#vitals = vitals
        this.emit('beat', vitals)
      },
      uncaught: (uncaught) => this.emit('uncaught', uncaught),
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
    if (!this.#machine.can('online')) return
    this.#machine.to('online')
    this.#start.progress.online()
    this.emit('online')
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
