import type { ChildProcess } from 'node:child_process'
import { type Clock, systemClock } from '../clock.js'
import { EventEmitter } from '../event-emitter.js'
import { Channel } from '../ipc/channel.js'
import { Handoff, type HandoffOutcome, type Preface, workersLease } from '../ipc/handoff.js'
import {
  type Caller,
  type DrainCause,
  type Hang,
  MASTER,
  type MasterMessage,
  type MasterRequests,
  type Serialization,
  type Vitals,
  type WorkerMessage,
  type WorkerRequests,
} from '../ipc/protocol.js'
import { type Handle, onTraffic, portOf, type StreamHandle } from '../node-internals.js'
import { Echoes } from './echoes.js'
import type { ExitReason } from './exit-reason.js'
import { Hangs } from './hangs.js'
import type { Uncaught } from './inbox.js'
import { spawn, watchdogPipe } from './spawn.js'
import { Surpluses } from './surpluses.js'
import { bootOf, type WorkerOptions } from './worker-options.js'

export interface WorkerEvents {
  online: []
  /** It has loaded its program, and would serve if it had a slot. */
  waiting: []
  ready: []
  draining: [cause: DrainCause]
  /** It lives, and tells how it is. */
  beat: [vitals: Vitals]
  /** Something was thrown in it of which its application takes no care. */
  uncaught: [uncaught: Uncaught]
  /** Its event loop hangs, and this is in what (option `hangMs`). */
  hang: [hang: Hang]
  /** The channel is closed: nothing can be given to this worker any more. `exit` follows. */
  disconnect: []
  exit: [reason: ExitReason]
  /** What the application sent with `process.send`. */
  message: [message: unknown, handle: unknown]
}

export type MasterChannel = Channel<WorkerMessage, MasterMessage, WorkerRequests, MasterRequests>

/** The line to a worker: its process, the channel, and all that can be said and given to it. */
export abstract class WorkerLine extends EventEmitter<WorkerEvents> {
  readonly id: number
  readonly group: string
  readonly serialization: Serialization
  readonly handoff: Handoff
  protected readonly clock: Clock
  readonly child: ChildProcess
  protected readonly channel: MasterChannel
  protected readonly echoes: Echoes
  protected readonly surpluses: Surpluses
  readonly #maxQueued: number
  /** How many messages have come from it, and when the last one did. */
  #heard = 0
  #heardAt: number
  #limits = 0

  constructor(options: WorkerOptions) {
    super()
    const { id, group, maxQueued, serialization = 'json', clock = systemClock } = options
    this.id = id
    this.group = group
    this.serialization = serialization
    this.clock = clock
    this.#maxQueued = maxQueued
    this.#heardAt = clock.now()
    const boot = bootOf(options)
    const child = spawn(options, boot, options.lifeline)
    new Hangs(watchdogPipe(child, boot), (hang) => this.emit('hang', hang))
    const peer = `worker ${id} of group '${group}'`
    const channel: MasterChannel = new Channel(portOf(child, serialization), { clock, peer, maxQueued })
    this.child = child
    this.channel = channel
    this.handoff = new Handoff(
      (message, connection, answered) => channel.sendHandle({ t: 'offer', ...message }, connection, answered),
      clock,
      () => this.destroy(),
      workersLease(options.leaseMs),
      () => this.#heard,
    )
    this.echoes = new Echoes(
      (echo, handle, answered) => channel.sendHandle({ t: 'echo', echo }, handle, answered),
      clock,
    )
    this.surpluses = new Surpluses(channel, clock)
    onTraffic(child, () => {
      this.#heard++
      this.#heardAt = clock.now()
    })
    child.on('message', (message, handle) => {
      this.#heardAt = clock.now()
      this.emit('message', message, handle)
    })
    // No answer can come any more, even if the process lives on for as long as it may.
    child.on('disconnect', () => channel.close())
  }

  /** Kills it now. What it had accepted is lost. */
  abstract destroy(): void

  get pid(): number | undefined {
    return this.child.pid
  }

  get connected(): boolean {
    return this.channel.open
  }

  /** Whether something can be given to it now: its channel is open, and it reads what it is sent. */
  get writable(): boolean {
    return this.connected && this.queued < this.#maxQueued
  }

  /** Messages that wait to be written to this worker. */
  get queued(): number {
    return this.channel.queued
  }

  /** How long it has said nothing at all. It beats, so that this means something. */
  get silentMs(): number {
    return this.clock.now() - this.#heardAt
  }

  /**
   * Lets a listener of the worker accept on `handle`, as the source of that number. `answered` is told whether it
   * reached the worker. One that is `asleep` it accepts on only if this master is gone, and the lifeline is not.
   * Throws when the channel is closed or full.
   */
  attach(
    listener: number,
    source: number,
    handle: Handle,
    answered: (arrived: boolean) => void,
    { asleep }: { readonly asleep?: boolean } = {},
  ): void {
    const message = { t: 'attach', listener, source, ...(asleep && { asleep }) } as const
    this.channel.sendHandle(message, handle, answered)
  }

  /** The listener accepts no longer on that source. What waits on it stays with whoever else holds it. */
  detach(listener: number, source: number): void {
    if (this.connected) this.channel.send({ t: 'detach', listener, source })
  }

  /** Tells a server how many connections its group has open on average; null: to keep all it accepts. */
  share(listener: number, average: number | null): void {
    if (this.connected) this.channel.send({ t: 'share', listener, average })
  }

  /**
   * How many connections it may have open, over all its servers; null: any number. It answers `limited`. Returns how
   * many limits it has been told by now.
   */
  limit(connections: number | null): number {
    if (this.connected) this.channel.send({ t: 'limit', connections })
    return ++this.#limits
  }

  /** Whether it must tell at once, and not just soon, how many connections its servers have. */
  hurry(yes: boolean): void {
    if (this.connected) this.channel.send({ t: 'hurry', yes })
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
    return this.echoes.copy(handle)
  }

  /** Asks what the application answers with `worker.handle(name, …)`. */
  call(
    name: string,
    payload: unknown,
    limits: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
    from: Caller = MASTER,
  ): Promise<unknown> {
    return this.channel.request('call', { name, payload, from }, limits)
  }

  /** Tells it that a worker of a group that it asked about is ready, or no longer so. */
  tell(change: Extract<MasterMessage, { t: 'joined' | 'left' }>): void {
    if (this.connected) this.channel.send(change)
  }

  /** Says something to who subscribed to it. Throws when the channel is closed or full. */
  broadcast(name: string, payload: unknown): void {
    this.channel.tell({ t: 'broadcast', name, payload })
  }

  /** Gives it one end of a connection to another worker. Throws when the channel is closed. */
  introduce(
    peer: Caller,
    serialization: Serialization,
    end: StreamHandle,
    answered: (arrived: boolean) => void,
  ): void {
    this.channel.sendHandle({ t: 'link', peer, serialization }, end, answered)
  }

  /** Sends a message to the application's `process.on('message')`. Throws when the channel is closed or full. */
  send(message: unknown): void {
    this.channel.sendOwn(message)
  }

  /** The process is no more: nothing waits for it any longer. */
  protected hangUp(): void {
    this.channel.close()
    this.handoff.close()
    this.echoes.close()
  }
}
