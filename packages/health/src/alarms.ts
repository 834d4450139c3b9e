import type { Clock, ManifoldError } from '@manifold/core'
import { type GuardianLink, log } from '@manifold/core/internal'
import type { Alert } from './guardian/alerts/alert.js'
import { Alerts } from './guardian/alerts/alerts.js'
import { type AlertConfig, parseAlerts } from './guardian/alerts/options.js'
import { listen, type Part, type PartHost } from './part.js'
import type { Supervisor } from './supervisor.js'

const debug = log('alarms')

type Said = Pick<GuardianLink, 'alert' | 'boot'>

/**
 * Has people know of crash loops, and that the guardian is lost. As long as there is a guardian, it tells them; then this
 * does, in the way that the guardian was told to.
 */
export class Alarms implements Part {
  readonly #link: Said | undefined
  readonly #clock: Clock
  readonly #failed: (error: ManifoldError) => void
  readonly #stopListening: () => void
  #own: Alerts | undefined

  /** @param link without one nobody is told. */
  constructor(host: PartHost, supervisor: Supervisor, link: Said | undefined) {
    this.#link = link
    this.#clock = host.clock
    this.#failed = (error) => host.emit('alertFailed', { error })
    this.#stopListening = link ? listen(host.master, { guardianLost: () => this.#lost(link) }) : () => {}
    if (!link) return
    const loop = (subject: string, text: string, data: Alert['data'] = {}): Alert => {
      return { kind: 'crashLoop', subject, text, data }
    }
    supervisor.on('crashloop', ({ group, ...figures }) => {
      const text = `Workers of group '${group}' die one after another: ${figures.restarts} restarts within ${figures.withinMs} ms.`
      this.#tell(loop(group, text, figures), false)
    })
    supervisor.on('giveup', ({ group, slot }) => {
      this.#tell(
        loop(group, `Slot ${slot} of group '${group}' stays vacant after a crash loop.`, { slot }),
        false,
      )
    })
    supervisor.on('stable', ({ group }) => {
      this.#tell(loop(group, `The crash loop of group '${group}' is over.`), true)
    })
  }

  async stop(): Promise<void> {
    this.#stopListening()
    await this.#own?.stop()
  }

  #lost({ boot }: Said): void {
    const config = configOf(boot.alerts)
    if (!config) return
    this.#own = new Alerts(config, this.#clock, this.#failed)
    const text = 'The guardian is gone. The service goes on, but would not survive the death of its master.'
    const data = { generation: boot.generation }
    this.#tell({ kind: 'guardianLost', subject: 'guardian', text, data }, false)
  }

  #tell(alert: Alert, recovered: boolean): void {
    if (this.#own) this.#own[recovered ? 'recover' : 'raise'](alert)
    else this.#link?.alert({ ...alert, recovered })
  }
}

/** A guardian of another release may have other options than this one knows. */
function configOf(alerts: unknown): AlertConfig | undefined {
  try {
    return parseAlerts('alerts', alerts ?? undefined)
  } catch (error) {
    debug('%o', error)
    return undefined
  }
}
