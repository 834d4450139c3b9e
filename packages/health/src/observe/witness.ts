import type { EventEmitter } from '@manifold/core/internal'
import type { Master } from '@manifold/groups'
import type { SupervisorEvents } from '../events.js'
import { type Descriptions, type Fields, MASTER_EVENTS, SUPERVISOR_EVENTS } from './descriptions.js'

export type Source = 'master' | 'supervisor'

/** One event as it is told. */
export interface Observed {
  readonly source: Source
  readonly event: string
  readonly fields: Fields
}

/** Listens to every event of a master and of its supervisor that there is a description of. */
export class Witness {
  readonly #tell: (observed: Observed) => void
  readonly #leave: (() => void)[] = []

  /** @param tell must not throw: it is called where the event is emitted. */
  constructor(
    master: Master,
    supervisor: EventEmitter<SupervisorEvents>,
    tell: (observed: Observed) => void,
  ) {
    this.#tell = tell
    this.#watch('master', master, MASTER_EVENTS)
    this.#watch('supervisor', supervisor, SUPERVISOR_EVENTS)
  }

  /** Idempotent. */
  stop(): void {
    for (const leave of this.#leave.splice(0)) leave()
  }

  #watch<Events>(source: Source, emitter: unknown, descriptions: Descriptions<Events>): void {
    const { on, off } = emitter as Listened
    for (const [event, describe] of Object.entries(descriptions) as [string, Describe | null][]) {
      if (!describe) continue
      const listener = (...payload: never[]) => {
        this.#tell({ source, event, fields: describe(...payload) })
      }
      on.call(emitter, event, listener)
      this.#leave.push(() => off.call(emitter, event, listener))
    }
  }
}

type Describe = (...payload: never[]) => Fields
type Listener = (...payload: never[]) => void

interface Listened {
  on(event: string, listener: Listener): unknown
  off(event: string, listener: Listener): unknown
}
