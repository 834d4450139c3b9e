import { type Clock, systemClock, type Timer } from '@manifold/core'
import { log } from '@manifold/core/internal'
import { COURIERS, sendBy } from './couriers.js'

const debug = log('systemd')

/** How long one message may take. */
const TIMEOUT_MS = 5_000
/** How long what waits may take when all stops, and what is on its way beside. */
const LAST_MS = 2_000
/** Of status texts only the last matters; what else waits is little. */
const MAX_WAITING = 16

/**
 * Tells systemd (or whatever has set `NOTIFY_SOCKET`) how the service does, as sd_notify(3) has it. Programs that are there
 * send the messages, one after another: the unit must have `NotifyAccess=all`, as they are not its main process. Nothing
 * here ever fails: what could not be told is a line of diagnosis.
 */
export class Notifier {
  readonly #env: NodeJS.ProcessEnv
  readonly #socket: string | undefined
  readonly #clock: Clock
  readonly #waiting: string[] = []
  #couriers = COURIERS
  #sending: Promise<void> | undefined
  #pings: Timer | undefined
  #stopped = false

  constructor(env: NodeJS.ProcessEnv = process.env, clock: Clock = systemClock) {
    const { NOTIFY_SOCKET: socket } = env
    this.#env = env
    this.#clock = clock
    // Other kinds of sockets than these two (vsock) are for whole machines.
    this.#socket = socket !== undefined && /^[/@]./.test(socket) ? socket : undefined
  }

  /** Whether anybody listens. */
  get active(): boolean {
    return this.#socket !== undefined && !this.#stopped
  }

  /** It serves, for the first time or again after `reloading()`. */
  ready(status: string): void {
    // In a container this number means another process to systemd, which is outside.
    const main = this.#env.MANIFOLD_INIT === undefined ? [`MAINPID=${process.pid}`] : []
    this.#tell('READY=1', ...main, statusLine(status))
  }

  reloading(status = 'Reloading'): void {
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`, statusLine(status))
  }

  stopping(status = 'Stopping'): void {
    this.#tell('STOPPING=1', statusLine(status))
  }

  /** One line for people. */
  status(text: string): void {
    this.#tell(statusLine(text))
  }

  /** From now on, tells twice in the time that systemd waits for it that all is well, as long as `healthy()` says so. */
  watch(healthy: () => boolean): void {
    const { WATCHDOG_USEC: span, WATCHDOG_PID: pid = String(process.pid) } = this.#env
    const everyMs = Number(span) / 1_000 / 2
    if (!this.active || this.#pings || !(everyMs > 0) || Number(pid) !== process.pid) return
    const ping = () => {
      if (healthy()) this.#tell('WATCHDOG=1')
      this.#pings = this.#clock.after(everyMs, ping)
    }
    ping()
  }

  /** Resolves when all that was to be told has been told, or could not be in the time that it may take. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#pings?.cancel()
    const late = this.#clock.after(LAST_MS, () => this.#waiting.splice(0))
    await this.#sending
    late.cancel()
  }

  #tell(...lines: string[]): void {
    if (!this.active) return
    const message = lines.join('\n')
    // One that is about to be told makes another of the same kind needless.
    if (lines.length === 1) {
      const kind = message.slice(0, message.indexOf('=') + 1)
      const same = this.#waiting.findLastIndex((waiting) => waiting.startsWith(kind))
      if (same >= 0) this.#waiting.splice(same, 1)
    }
    if (this.#waiting.length >= MAX_WAITING) this.#waiting.shift()
    this.#waiting.push(message)
    this.#sending ??= this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      await this.#send(message)
    }
    this.#sending = undefined
  }

  async #send(message: string): Promise<void> {
    const sending = { message, socket: this.#socket!, env: this.#env, timeoutMs: TIMEOUT_MS }
    for (const courier of this.#couriers) {
      try {
        await sendBy(courier, sending)
        debug('told systemd %j', message)
        return
      } catch (error) {
        debug('%s could not tell systemd %j: %o', courier.command, message, error)
        // Not there now, not there later.
        if (Reflect.get(error as object, 'code') === 'ENOENT') {
          this.#couriers = this.#couriers.filter((other) => other !== courier)
        } else return
      }
    }
  }
}

function statusLine(text: string): string {
  return `STATUS=${text.replace(/\s+/g, ' ').trim()}`
}
