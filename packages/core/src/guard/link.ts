import { fileURLToPath } from 'node:url'
import { type Clock, systemClock, type Timer } from '../clock.js'
import { log } from '../debug.js'
import { EventEmitter } from '../event-emitter.js'
import { Channel } from '../ipc/channel.js'
import { toWire } from '../ipc/wire-error.js'
import { type Handle, type Port, portOf } from '../node-internals.js'
import { startWatchdog } from '../runtime/watchdog/watchdog.js'
import { parseBoot } from './boot.js'
import {
  GUARD_VARIABLE,
  GUARD_VERSION,
  type GuardBoot,
  type GuardedMessage,
  type GuardianMessage,
} from './protocol.js'
import { SocketStore } from './socket-store.js'

const debug = log('guard')

/** Beside the bundle of which this is a part; see `.ci/bundle.js`. */
const FOLDER = fileURLToPath(new URL('.', import.meta.url))

const MAX_QUEUED = 10_000
/** How long the last words may take to leave this process. */
const LAST_WORDS_MS = 1_000

export interface LinkEvents {
  /** The master is no longer needed. After `replace`, another serves. */
  stop: [cause: 'stop' | 'replace']
  /** The guardian is gone. The master goes on without. */
  lost: []
}

export type Alert = Omit<Extract<GuardedMessage, { t: 'alert' }>, 't'>

/** What carries the link: Node's channel to the parent. */
export interface Line {
  readonly port: Port
  /** Calls back once, when the other side has closed it, or is gone. */
  onLost(callback: () => void): void
  hangUp(): void
}

/** The line from a master to its guardian. */
export class GuardianLink extends EventEmitter<LinkEvents> {
  readonly boot: GuardBoot
  readonly store: SocketStore
  readonly #line: Line
  readonly #clock: Clock
  readonly #channel: Channel<GuardianMessage, GuardedMessage, Record<never, never>, Record<never, never>>
  #beat: Timer | undefined
  #unwatch: (() => void) | undefined
  #told: 'stop' | 'replace' | undefined
  #claimed = false
  #closing: Promise<void> | undefined
  #lost = false

  constructor(boot: GuardBoot, line: Line, clock: Clock = systemClock) {
    super()
    this.boot = boot
    this.#line = line
    this.#clock = clock
    this.#channel = new Channel(line.port, { clock, peer: 'the guardian', maxQueued: MAX_QUEUED })
    this.store = new SocketStore(boot.generation, (...said) => this.#say(...said), clock)
    this.#channel.receive(
      {
        stored: ({ deposit }, handle) => this.store.arrived(deposit, handle),
        storedAll: () => this.store.complete(),
        stop: ({ cause }) => {
          this.#told ??= cause
          this.emit('stop', cause)
        },
      },
      {},
    )
    line.onLost(() => this.#onLost())
    process.on('SIGINT', ignore)
    this.#say({ t: 'hello', version: GUARD_VERSION })
    this.#beatOn()
    if (boot.watchdog) this.#unwatch = startWatchdog(boot.watchdog, FOLDER)
  }

  /** Whether the guardian is there. */
  get open(): boolean {
    return !this.#lost && this.#closing === undefined && this.#channel.open
  }

  /** The descriptor that workers inherit. */
  get lifeline(): number {
    return this.boot.lifeline
  }

  /** What the guardian has said last: an event may have come before anybody listened. */
  get told(): 'stop' | 'replace' | undefined {
    return this.#told
  }

  /** Whether it is gone, and another master serves beside which this one was started. */
  get needless(): boolean {
    return this.#lost && this.boot.beside === true
  }

  /** A guardian guards one master of a process: the first one that asks. */
  claim(): boolean {
    if (this.#claimed || !this.open) return false
    this.#claimed = true
    return true
  }

  /** Tells somebody. */
  alert(alert: Alert): void {
    this.#say({ t: 'alert', ...alert })
  }

  /** Asks for another master that takes over. */
  upgrade(): void {
    this.#say({ t: 'upgrade' })
  }

  /** The groups are started. */
  begun(drainTimeoutMs: number): void {
    this.#say({ t: 'begun', drainTimeoutMs })
  }

  /** All groups are ready. May be said again, when the longest drain has changed. */
  settled(drainTimeoutMs: number): void {
    this.#say({ t: 'settled', drainTimeoutMs })
    this.store.settled()
  }

  /** The master could not start. */
  failed(error: unknown): void {
    this.#say({ t: 'failed', error: toWire(error) })
  }

  /** What the master closes from now on stays with the guardian. */
  stopping(cause: 'stop' | 'replace'): void {
    this.#say({ t: 'stopping' })
    this.store.stopping(cause === 'replace')
  }

  /** Nothing of it keeps the process alive after this. Bounded. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#end()
    if (this.#lost) return
    await new Promise<void>((resolve) => {
      this.#clock.after(LAST_WORDS_MS, resolve)
      void this.#channel.idle().then(resolve)
    })
    this.#channel.close()
    this.#line.hangUp()
  }

  #onLost(): void {
    if (this.#lost) return
    this.#lost = true
    this.#channel.close()
    // By this side: the guardian is there, and keeps what it has.
    if (this.#closing) return
    this.store.lost()
    debug('the guardian is gone')
    this.#end()
    this.emit('lost')
  }

  #end(): void {
    this.#beat?.cancel()
    this.#unwatch?.()
    process.off('SIGINT', ignore)
  }

  #beatOn(): void {
    this.#beat = this.#clock.after(this.boot.beatMs, () => {
      this.#say({ t: 'beat' })
      if (this.open) this.#beatOn()
    })
  }

  #say(message: GuardedMessage, handle?: Handle, answered?: (arrived: boolean) => void): boolean {
    if (this.#lost || !this.#channel.open) return false
    try {
      if (handle) this.#channel.sendHandle(message, handle, answered ?? ignore)
      else this.#channel.send(message)
      return true
    } catch (error) {
      debug('%s not said: %o', message.t, error)
      return false
    }
  }
}

let found: { readonly link: GuardianLink | undefined } | { readonly error: unknown } | undefined

/**
 * The line to the guardian that has started this process, if one has. Made at the first call, of which nothing remains in
 * the environment.
 *
 * @throws {ManifoldError} `ERR_MANIFOLD_PROTOCOL` if the guardian is of another version.
 */
export function guardianLink(): GuardianLink | undefined {
  if (!found) {
    try {
      found = { link: connect() }
    } catch (error) {
      found = { error }
    }
  }
  if ('error' in found) throw found.error
  return found.link
}

function connect(): GuardianLink | undefined {
  const { [GUARD_VARIABLE]: text } = process.env
  if (text === undefined) return undefined
  delete process.env[GUARD_VARIABLE]
  const boot = parseBoot(text)
  if (!process.connected) {
    debug('the guardian is not the parent of this process')
    return undefined
  }
  return new GuardianLink(boot, parentLine())
}

/** The channel to the parent does not keep this process alive. */
function parentLine(): Line {
  const port = portOf(process)
  const line: Line = {
    port,
    onLost(callback) {
      process.once('disconnect', callback)
      process.channel?.unref()
    },
    hangUp() {
      if (process.connected) process.disconnect?.()
    },
  }
  return line
}

function ignore(): void {}
