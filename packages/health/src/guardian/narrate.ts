import type { ManifoldError } from '@manifold/core'
import { formatExit } from '@manifold/core'
import type { EventLog } from '../observe/log/event-log.js'
import { openLog } from '../observe/log/open.js'
import type { Alert, AlertKind } from './alerts/alert.js'
import { Alerts } from './alerts/alerts.js'
import type { GuardianEvents } from './events.js'
import type { Guardian } from './guardian.js'
import type { GuardConfig } from './options.js'
import { Notifier } from './systemd/notifier.js'

type Events = { readonly [Name in keyof GuardianEvents]: GuardianEvents[Name] }
type Narrated = Pick<GuardConfig, 'alerts' | 'log' | 'clock' | 'restart'>

/** Every event is for the log. */
const LOGGED: { readonly [Name in keyof Events]: true } = {
  masterStarted: true,
  masterSettled: true,
  masterStopping: true,
  masterDied: true,
  masterHang: true,
  masterSilent: true,
  restartFailed: true,
  backoff: true,
  crashloop: true,
  gaveUp: true,
  upgrading: true,
  upgraded: true,
  upgradeFailed: true,
  generationGone: true,
  alert: true,
  stopping: true,
  stopped: true,
  notTold: true,
}

/** Tells the world what happens to a guardian: people by alerts, systemd, and the event log. */
export class Narrator {
  readonly #config: Narrated
  readonly #notifier: Notifier
  readonly #log: EventLog | undefined
  readonly #alerts: Alerts | undefined
  #failed: (error: ManifoldError) => void = () => {}

  /** @throws {OptionError} if the file of the log cannot be appended to. */
  constructor(config: Narrated, notifier = new Notifier(process.env, config.clock)) {
    this.#config = config
    this.#notifier = notifier
    const failed = (error: ManifoldError) => this.#failed(error)
    this.#log = config.log && openLog(config.log, failed)
    this.#alerts = config.alerts && new Alerts(config.alerts, config.clock, failed)
  }

  /** From now on. */
  follow(guardian: Guardian): void {
    this.#failed = (error) => guardian.tell('notTold', error)
    if (this.#log) this.#write(guardian, this.#log)
    if (this.#alerts) this.#alarm(guardian, this.#alerts)
    if (this.#notifier.active) this.#notify(guardian)
  }

  /** Resolves when all has been told, or could not be for some seconds. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all([this.#alerts?.stop(), this.#notifier.stop()])
    this.#log?.close()
  }

  #write(guardian: Guardian, log: EventLog): void {
    for (const name of Object.keys(LOGGED) as (keyof Events)[]) {
      guardian.on(name, (event?: object) => {
        const fields = event instanceof Error ? { error: event } : (event ?? {})
        log.write({ source: 'guardian', event: name, fields })
      })
    }
  }

  #alarm(guardian: Guardian, alerts: Alerts): void {
    const { clock, restart } = this.#config
    const about = (kind: AlertKind, text: string, data: Alert['data'] = {}): Alert => {
      return { kind, subject: 'master', text, data }
    }
    let stable: { cancel(): void } | undefined
    let hang: GuardianEvents['masterHang'][0] | undefined
    const unstable = () => stable?.cancel()
    guardian.on('masterDied', ({ generation, reason }) => {
      unstable()
      const text = `The master of generation ${generation} died: ${formatExit(reason)}. Its workers serve on.`
      alerts.raise(about('masterDied', text, { generation, reason: formatExit(reason) }))
    })
    guardian.on('restartFailed', unstable)
    guardian.on('masterHang', (event) => {
      hang = event
    })
    guardian.on('masterSilent', ({ generation }) => {
      const stack = hang?.generation === generation ? hang.hang.stack : undefined
      const text = `The master of generation ${generation} said nothing any more and was killed.`
      alerts.raise(about('masterHung', text, { generation, stack }))
    })
    guardian.on('crashloop', (figures) => {
      const { restarts, withinMs } = figures
      const text = `The masters die one after another: ${restarts} restarts within ${withinMs} ms.`
      alerts.raise(about('crashLoop', text, figures))
    })
    guardian.on('gaveUp', (figures) => {
      const text = `No master is started any more, after ${figures.restarts} restarts. The workers serve on.`
      alerts.raise(about('gaveUp', text, figures))
    })
    guardian.on('masterSettled', ({ generation }) => {
      const text = `The master of generation ${generation} serves.`
      for (const kind of ['masterDied', 'masterHung', 'gaveUp'] as const) {
        alerts.recover(about(kind, text, { generation }))
      }
      unstable()
      stable = clock.after(restart.withinMs, () => {
        alerts.recover(about('crashLoop', `${text} It has for ${restart.withinMs} ms.`, { generation }))
      })
    })
    guardian.on('upgradeFailed', ({ generation, error }) => {
      // It was the guardian that was stopped: nothing is wrong.
      if (guardian.status().state === 'stopping') return
      const text = `The upgrade to generation ${generation} failed: ${error.message}`
      alerts.raise(about('upgradeFailed', text, { generation, code: Reflect.get(error, 'code') }))
    })
    guardian.on('upgraded', ({ from, to }) => {
      alerts.recover(about('upgradeFailed', `Generation ${to} serves in place of ${from}.`, { from, to }))
    })
    guardian.on('alert', ({ recovered, kind, ...alert }) => {
      alerts[recovered ? 'recover' : 'raise']({ ...alert, kind: kind as AlertKind })
    })
    guardian.on('stopped', unstable)
  }

  #notify(guardian: Guardian): void {
    const notifier = this.#notifier
    let serving = ''
    let ready = false
    const tellReady = (status: string) => {
      ready = true
      notifier.ready(status)
    }
    guardian.on('masterSettled', ({ generation }) => {
      serving = `Generation ${generation} serves`
      if (ready) notifier.status(serving)
      else {
        tellReady(serving)
        notifier.watch(() => guardian.status().state !== 'stopped')
      }
    })
    guardian.on('masterDied', ({ reason }) => {
      notifier.status(`The master died (${formatExit(reason)}), its workers serve on`)
    })
    guardian.on('restartFailed', ({ error }) =>
      notifier.status(`No master, workers serve on: ${error.message}`),
    )
    guardian.on('gaveUp', () => notifier.status('No master is started any more, the workers serve on'))
    guardian.on('upgrading', ({ generation }) => notifier.reloading(`Starting generation ${generation}`))
    guardian.on('upgraded', () => tellReady(serving))
    guardian.on('upgradeFailed', ({ generation, error }) => {
      if (guardian.status().state === 'stopping') return
      tellReady(`${serving}; generation ${generation} failed: ${error.message}`)
    })
    guardian.on('stopping', () => notifier.stopping())
  }
}
