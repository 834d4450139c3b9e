import type { Clock } from '@manifold/core'
import type { Master, MasterEvents } from '@manifold/groups'
import type { SupervisorEvents } from './events.js'
import type { Rules } from './options.js'

/** One of the things that a supervisor does. It subscribes when it is made. */
export interface Part {
  /** It does nothing any more, and nothing is left of it once this resolves. Called once. */
  stop(): void | Promise<void>
}

/** What a part has to do with. */
export interface PartHost {
  readonly master: Master
  readonly clock: Clock
  rulesOf(group: string): Rules
  /** A listener's mistake does not reach the part. */
  emit<Name extends keyof SupervisorEvents>(name: Name, ...payload: SupervisorEvents[Name]): void
}

type Listeners = { readonly [Name in keyof MasterEvents]?: (...payload: MasterEvents[Name]) => void }

/** Subscribes to several events of the master. Returns what ends all of it. */
export function listen(master: Master, listeners: Listeners): () => void {
  const entries = Object.entries(listeners) as [keyof MasterEvents, () => void][]
  for (const [name, listener] of entries) master.on(name, listener)
  return () => {
    for (const [name, listener] of entries) master.off(name, listener)
  }
}
