import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Clock, systemClock } from '../clock.js'
import { log } from '../debug.js'
import type { ErrorCode } from '../errors.js'
import { EventEmitter } from '../event-emitter.js'
import { Channel } from '../ipc/channel.js'
import { Handoff, type HandoffOutcome, type Preface } from '../ipc/handoff.js'
import {
  type Caller,
  type DrainCause,
  MASTER,
  type MasterMessage,
  type MasterRequests,
  PROTOCOL_VERSION,
  type Serialization,
  type Vitals,
  type WireError,
  type WorkerMessage,
  type WorkerRequests,
} from '../ipc/protocol.js'
import type { Machine } from '../machine.js'
import { type Handle, onTraffic, portOf, type StreamHandle } from '../node-internals.js'
import { Echoes } from './echoes.js'
import type { ExitReason } from './exit-reason.js'
import { ProcessEnd } from './process-end.js'
import { type Rates, ratesBetween } from './rates.js'
import { spawn } from './spawn.js'
import { StartError } from './start-error.js'
import { Startup } from './startup.js'
import { StderrTail } from './stderr-tail.js'
import { Surpluses } from './surpluses.js'
import type { WorkerHost } from './worker-host.js'
import { bootOf, type WorkerOptions } from './worker-options.js'
import { type WorkerState, workerMachine } from './worker-state.js'

const debug = log('worker')

export interface WorkerEvents {
  online: []
  ready: []
  draining: [cause: DrainCause]
  /** It lives, and tells how it is. */
  beat: [vitals: Vitals]
  /** Something was thrown in it of which its application takes no care. */
  uncaught: [uncaught: Uncaught]
  /** The channel is closed: nothing can be given to this worker any more. `exit` follows. */
  disconnect: []
  exit: [reason: ExitReason]
  /** What the application sent with `process.send`. */
  message: [message: unknown, handle: unknown]
}

/** What was thrown in a worker, as it crosses the channel. */
export interface Uncaught {
  readonly origin: NodeJS.UncaughtExceptionOrigin
  readonly error: WireError
}

export type MasterChannel = Channel<WorkerMessage, MasterMessage, WorkerRequests, MasterRequests>

/** One worker from the side of its master: one process, one channel, one state. */
export class WorkerProcess extends EventEmitter<WorkerEvents> {
  readonly id: number
  readonly group: string
  readonly slot: number
  /** Resolves when the worker is ready; rejects with a `StartError` that says why it never will be. */
  readonly started: Promise<void>
  readonly handoff: Handoff
  readonly #options: WorkerOptions
  readonly #clock: Clock
  readonly #machine: Machine<WorkerState>
  readonly #child: ChildProcess
  readonly #channel: MasterChannel
  readonly #end: ProcessEnd
  readonly #stderr: StderrTail
  readonly #startup: Startup
  readonly #echoes: Echoes
  readonly #surpluses: Surpluses
  readonly #bornAt: number
  /** How many messages have come from it, and when the last one did. */
  #heard = 0
  #heardAt: number
  #startCode: ErrorCode = 'ERR_MANIFOLD_START'
  #destroyedConnections = 0
  #vitals: Vitals | undefined
  #rates: Rates | undefined
  #wasReady = false

  constructor(options: WorkerOptions, host: WorkerHost) {
    super()
    const { id, group, slot, clock = systemClock } = options
    this.id = id
    this.group = group
    this.slot = slot
    this.#options = options
    this.#clock = clock
    this.#bornAt = clock.now()
    this.#heardAt = this.#bornAt
    this.#startup = new Startup(options)
    this.#machine = workerMachine(`worker ${id} of group '${group}'`)
    this.#child = spawn(options, bootOf(options))
    this.#stderr = new StderrTail(this.#child.stderr)
    // Nobody else can read it, and a worker whose pipe is full would hang.
    this.#child.stdout?.on('data', (chunk: Buffer) => process.stdout.write(chunk))
    const peer = `worker ${id} of group '${group}'`
    const port = portOf(this.#child, options.serialization)
    this.#channel = new Channel(port, { clock, peer, maxQueued: options.maxQueued })
    this.handoff = new Handoff(
      (message, connection, answered) =>
        this.#channel.sendHandle({ t: 'offer', ...message }, connection, answered),
      clock,
      () => this.destroy(),
      undefined,
      () => this.#heard,
    )
    this.#echoes = new Echoes(
      (echo, handle, answered) => this.#channel.sendHandle({ t: 'echo', echo }, handle, answered),
      clock,
    )
    onTraffic(this.#child, () => {
      this.#heard++
      this.#heardAt = clock.now()
    })
    this.#child.on('message', () => {
      this.#heardAt = clock.now()
    })
    // No answer can come any more, even if the process lives on for as long as it may.
    this.#child.on('disconnect', () => this.#channel.close())
    this.#surpluses = new Surpluses(this.#channel, clock)
    this.#end = new ProcessEnd(this.#child, clock, {
      unreachable: () => {
        this.emit('disconnect')
        this.#end.byItself(options.drainTimeoutMs)
      },
      gone: (reason) => this.#gone(reason),
    })
    this.#receive(host)
    this.started = this.#watchStart()
    this.started.catch(() => {})
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get state(): WorkerState {
    return this.#machine.state
  }

  get uptimeMs(): number {
    return this.#clock.now() - this.#bornAt
  }

  /** How long it has said nothing at all. It beats, so that this means something. */
  get silentMs(): number {
    return this.#clock.now() - this.#heardAt
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

  get connected(): boolean {
    return this.#channel.open
  }

  /** Whether something can be given to it now: its channel is open, and it reads what it is sent. */
  get writable(): boolean {
    return this.connected && this.queued < this.#options.maxQueued
  }

  /** Messages that wait to be written to this worker. */
  get queued(): number {
    return this.#channel.queued
  }

  /** Connections that were cut off because the worker's time was over. */
  get destroyedConnections(): number {
    return this.#destroyedConnections
  }

  /**
   * Lets a listener of the worker accept on `handle`, as the source of that number. `answered` is told whether it
   * reached the worker. Throws when the channel is closed or full.
   */
  attach(listener: number, source: number, handle: Handle, answered: (arrived: boolean) => void): void {
    this.#channel.sendHandle({ t: 'attach', listener, source }, handle, answered)
  }

  /** The listener accepts no longer on that source. What waits on it stays with whoever else holds it. */
  detach(listener: number, source: number): void {
    if (this.connected) this.#channel.send({ t: 'detach', listener, source })
  }

  /** Tells a server how many connections its group has open on average; null: to keep all it accepts. */
  share(listener: number, average: number | null): void {
    if (this.connected) this.#channel.send({ t: 'share', listener, average })
  }

  offer(
    listener: number,
    connection: StreamHandle,
    settled: (outcome: HandoffOutcome) => void,
    preface?: Preface,
  ): void {
    this.handoff.offer(listener, connection, settled, preface)
  }

  /** A second handle of the same socket, by way of the worker; undefined if that does not succeed. */
  copy(handle: StreamHandle): Promise<StreamHandle | undefined> {
    return this.#echoes.copy(handle)
  }

  /** Asks what the application answers with `worker.handle(name, …)`. */
  call(
    name: string,
    payload: unknown,
    limits: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
    from: Caller = MASTER,
  ): Promise<unknown> {
    return this.#channel.request('call', { name, payload, from }, limits)
  }

  /** Tells it that a worker of a group that it asked about is ready, or no longer so. */
  tell(change: Extract<MasterMessage, { t: 'joined' | 'left' }>): void {
    if (this.connected) this.#channel.send(change)
  }

  /** Says something to who subscribed to it. Throws when the channel is closed or full. */
  broadcast(name: string, payload: unknown): void {
    this.#channel.tell({ t: 'broadcast', name, payload })
  }

  /** Gives it one end of a connection to another worker. Throws when the channel is closed. */
  introduce(
    peer: Caller,
    serialization: Serialization,
    end: StreamHandle,
    answered: (arrived: boolean) => void,
  ): void {
    this.#channel.sendHandle({ t: 'link', peer, serialization }, end, answered)
  }

  get serialization(): Serialization {
    return this.#options.serialization ?? 'json'
  }

  /** Adds to what is told if the worker does not come up. */
  note(text: string): void {
    this.#startup.note(text)
  }

  /** Sends a message to the application's `process.on('message')`. Throws when the channel is closed or full. */
  send(message: unknown): void {
    this.#channel.sendOwn(message)
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
      this.#channel.send({ t: 'drain', cause, timeoutMs, keepAliveGraceMs })
    } catch {
      this.kill('SIGTERM')
    }
  }

  #draining(cause: DrainCause): void {
    if (!this.#machine.can('draining')) return
    this.#machine.to('draining')
    this.emit('draining', cause)
  }

  #receive(host: WorkerHost): void {
    this.#child.on('message', (message, handle) => this.emit('message', message, handle))
    this.#channel.receive(
      {
        hello: ({ version }) => this.#greet(version),
        listening: ({ listener, socket }) => {
          this.#startup.listening(socket)
          host.listening(this, listener)
        },
        unlisten: ({ listener }) => host.unlisten(this, listener),
        ready: () => {
          if (!this.#machine.can('ready')) return
          this.#machine.to('ready')
          this.#wasReady = true
          this.emit('ready')
        },
        refused: ({ offer, late }) => this.handoff.refused(offer, late),
        connections: ({ listener, open }) => host.connections(this, listener, open),
        surplus: ({ listener, open, offer }, handle) => {
          const connection = this.#surpluses.arrived(offer, handle)
          if (connection) host.surplus(this, listener, open, connection)
        },
        beat: ({ vitals }) => {
          if (this.#vitals) this.#rates = ratesBetween(this.#vitals, vitals)
          this.#vitals = vitals
          this.emit('beat', vitals)
        },
        uncaught: ({ origin, error }) => this.emit('uncaught', { origin, error }),
        echoed: ({ echo }, handle) => this.#echoes.returned(echo, handle),
        attachFailed: ({ listener, source, errno }) => host.attachFailed(this, listener, source, errno),
        draining: ({ cause }) => {
          this.#draining(cause)
          this.#end.byItself(this.#options.drainTimeoutMs)
        },
        drained: ({ destroyed }) => {
          this.#destroyedConnections = destroyed
        },
        retire: () => host.retire(this),
      },
      {
        listen: (question) => host.listen(this, question),
        call: (question, inquiry) => host.call(this, question, inquiry),
        members: ({ group }) => {
          host.members(this, group)
          return null
        },
        link: ({ id }) => host.link(this, id),
        farewell: () => null,
      },
      (message) => {
        if (message.t === 'surplus') this.#surpluses.decide(message, this.state !== 'draining')
      },
    )
  }

  #greet(version: number): void {
    if (version !== PROTOCOL_VERSION) {
      this.#startCode = 'ERR_MANIFOLD_PROTOCOL'
      this.note(`it speaks version ${version} of the protocol, its master version ${PROTOCOL_VERSION}`)
      this.destroy()
      return
    }
    if (!this.#machine.can('online')) return
    this.#machine.to('online')
    this.#startup.online()
    this.emit('online')
  }

  #gone(reason: ExitReason): void {
    const { cwd } = this.#options
    // Node names the program, whichever of the two is missing.
    if (reason.type === 'unspawned' && cwd !== undefined && !existsSync(cwd)) {
      this.note(`its working directory ${cwd} does not exist`)
    }
    this.#machine.to('exited')
    debug('worker %d of %s: %o', this.id, this.group, reason)
    this.#channel.close()
    this.handoff.close()
    this.#echoes.close()
    this.emit('exit', reason)
  }

  #watchStart(): Promise<void> {
    const { group, slot } = this
    const { readyTimeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      const fail = (reason: ExitReason | undefined) => {
        const code = reason ? this.#startCode : 'ERR_MANIFOLD_READY_TIMEOUT'
        const stderr = this.#stderr.toString()
        const failure = { group, slot, pid: this.pid, reason, notes: this.#startup.notes, stderr }
        reject(new StartError(code, failure, readyTimeoutMs))
      }
      const timer = this.#clock.after(readyTimeoutMs, () => {
        this.note(this.#startup.whyNotReady())
        fail(undefined)
        void this.drain('stop', 0)
      })
      this.once('ready', () => {
        timer.cancel()
        resolve()
      })
      this.once('exit', (reason) => {
        timer.cancel()
        fail(reason)
      })
    })
  }
}
