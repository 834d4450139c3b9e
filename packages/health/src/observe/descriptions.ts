import type { MasterEvents, Worker } from '@manifold/groups'
import type { SupervisorEvents } from '../events.js'

/** What a log says of an event, beside its name. `group`, `slot` and `worker` are about whom it is. */
export type Fields = Readonly<Record<string, unknown>>

/** Says for every event what its fields are; null: it is not for the log. */
export type Descriptions<Events> = {
  readonly [Name in keyof Events]:
    | (Events[Name] extends readonly unknown[] ? (...payload: Events[Name]) => Fields : never)
    | null
}

const none = (): Fields => ({})
const whole = (event: object): Fields => ({ ...event })

function of({ id, pid, group, slot }: Worker, more: object = {}): Fields {
  return { group, slot, worker: { id, pid }, ...more }
}

/** An event about a slot or a group that names a worker, too. */
function about({ worker, ...event }: { readonly worker: Worker }): Fields {
  return of(worker, event)
}

export const MASTER_EVENTS: Descriptions<MasterEvents> = {
  setup: none,
  started: none,
  fork: (worker) => of(worker),
  online: (worker) => of(worker),
  listening: (worker, { socket, address }) => of(worker, { socket, address }),
  ready: (worker) => of(worker, { uptimeMs: Math.round(worker.uptimeMs) }),
  draining: (worker, cause) => of(worker, { cause }),
  disconnect: (worker) => of(worker),
  exit: (worker, reason) =>
    of(worker, {
      reason,
      uptimeMs: Math.round(worker.uptimeMs),
      destroyedConnections: worker.destroyedConnections,
    }),
  silent: (worker, silentMs) => of(worker, { silentMs, vitals: worker.vitals }),
  heard: (worker) => of(worker),
  // Twice a second for each worker: all else would drown in it. Metrics have what it says.
  beat: null,
  hang: of,
  uncaught: of,
  report: of,
  overload: (worker, vitals) => of(worker, { vitals }),
  relieved: (worker, vitals) => of(worker, { vitals }),
  standby: (worker) => of(worker),
  promoted: (worker) => of(worker),
  standbyVacant: about,
  backlog: whole,
  saturated: whole,
  unsaturated: whole,
  // The application's own data, as often as it likes.
  message: null,
  vacant: about,
  failed: (worker, error) => of(worker, { error }),
  reload: whole,
  reloadAborted: whole,
  scale: whole,
  groupAdded: (group) => ({ group }),
  groupRemoved: (group) => ({ group }),
  guardianLost: none,
  stopping: none,
  stopped: none,
}

export const SUPERVISOR_EVENTS: Descriptions<SupervisorEvents> = {
  backoff: whole,
  respawn: (worker) => of(worker),
  failed: whole,
  leftVacant: about,
  crashloop: whole,
  giveup: whole,
  stable: whole,
  terminating: about,
  killing: about,
  dependants: whole,
  recycle: about,
  recycled: ({ old, worker }) => of(worker, { old: { id: old.id, pid: old.pid } }),
  recycleFailed: about,
  memoryPressure: whole,
  logFailed: whole,
  endpointFailed: whole,
  alertFailed: whole,
}
