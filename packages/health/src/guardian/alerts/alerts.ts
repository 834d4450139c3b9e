import { type Clock, ManifoldError } from '@manifold/core'
import type { Alert, ToldAlert } from './alert.js'
import { CommandReceiver } from './command.js'
import { Deliveries } from './deliveries.js'
import type { AlertConfig } from './options.js'
import { Troubles } from './troubles.js'
import { WebhookReceiver } from './webhook.js'

/** How long what is on its way may still take when all stops. */
const LAST_MS = 5_000

/** Tells people of troubles, by a command and a webhook. It never throws: what could not be told is told to `failed`. */
export class Alerts {
  readonly #troubles: Troubles
  readonly #deliveries: readonly Deliveries[]
  readonly #clock: Clock
  #stopping: Promise<void> | undefined

  constructor(
    { command, webhook, minIntervalMs }: AlertConfig,
    clock: Clock,
    failed: (error: ManifoldError) => void,
  ) {
    this.#clock = clock
    const lost = ({ kind, subject, state }: ToldAlert, cause: Error) => {
      const what = `the alert ${kind} of ${subject} (${state})`
      failed(
        new ManifoldError('ERR_MANIFOLD_ALERT', `${what} could not be delivered: ${cause.message}`, {
          cause,
        }),
      )
    }
    const receivers = [
      command === undefined ? [] : new CommandReceiver(command),
      webhook === undefined ? [] : new WebhookReceiver(webhook, clock),
    ].flat()
    this.#deliveries = receivers.map((receiver) => new Deliveries(receiver, lost))
    this.#troubles = new Troubles(minIntervalMs, clock, (...told) => this.#tell(...told))
  }

  /** There is a trouble. */
  raise(alert: Alert): void {
    if (!this.#stopping) this.#troubles.raise(alert)
  }

  /** The trouble of that kind and subject is over, if there was one. */
  recover(alert: Alert): void {
    if (!this.#stopping) this.#troubles.recover(alert)
  }

  /** Tells what is held back, and gives what is on its way some seconds. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.#troubles.flush()
    const done = Promise.all(this.#deliveries.map((deliveries) => deliveries.done()))
    // Pauses between attempts do not keep a process alive; this does.
    const awake = setInterval(() => {}, LAST_MS)
    const late = this.#clock.after(LAST_MS, () => {
      for (const deliveries of this.#deliveries) deliveries.abort()
    })
    await done
    late.cancel()
    clearInterval(awake)
  }

  #tell(alert: Alert, state: ToldAlert['state'], heldBack: number): void {
    const { kind, subject, text, data } = alert
    const { hostname } = process.getBuiltinModule('node:os')
    const head = { time: new Date().toISOString(), host: hostname(), pid: process.pid }
    const told = { ...head, kind, subject, state, text, data, heldBack }
    for (const deliveries of this.#deliveries) deliveries.add(told)
  }
}
