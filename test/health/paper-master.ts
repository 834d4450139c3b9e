import { EventEmitter } from 'node:events'
import type { ExitReason } from '@manifold/core'
import type { Master, Vacancy, Worker } from '@manifold/groups'
import { type SuperviseOptions, supervise } from '@manifold/health'
import { FakeClock } from '../helpers/fake-clock.js'

export const CRASH: ExitReason = { type: 'exited', code: 7, asked: false }
export const DONE: ExitReason = { type: 'exited', code: 0, asked: false }

/** What a supervisor sees of a worker. */
export type PaperWorker = { -readonly [Key in keyof Worker]: Worker[Key] } & { readonly signals: string[] }

/** A master as its supervisor sees it: events, a state, and groups with slots that can be filled. */
export class PaperMaster extends EventEmitter {
  state = 'running'
  readonly fills: string[] = []
  readonly reloads: string[] = []
  readonly workers: PaperWorker[] = []
  /** How many slots the groups have, by name. */
  slots: Readonly<Record<string, number>> = { web: 3, admin: 3 }
  after: Readonly<Record<string, readonly string[]>> = {}
  /** What becomes of the next fill. */
  outcome: () => Promise<unknown> = async () => ({})
  replenished = 0
  /** What becomes of a reload, of a group by that name. */
  reloading: (name: string) => Promise<void> = async () => {}

  get groups() {
    return Object.keys(this.slots).map((name) => this.group(name))
  }

  group(name: string) {
    return {
      name,
      after: this.after[name] ?? [],
      workers: this.workers.filter(({ group, state }) => group === name && state !== 'exited'),
      status: () => ({ workers: this.slots[name] }),
      fill: (slot: number) => {
        this.fills.push(`${name}/${slot}`)
        return this.outcome()
      },
      leaveVacant: () => {},
      reload: () => {
        this.reloads.push(name)
        return this.reloading(name)
      },
      replenish: async () => {
        this.replenished++
      },
    }
  }

  /** Somebody who serves, unless it is said otherwise. */
  worker(group: string, slot: number, how: Partial<Worker> = {}): PaperWorker {
    const signals: string[] = []
    const worker: PaperWorker = {
      id: this.workers.length + 1,
      ...{ group, slot, pid: 1, state: 'ready', uptimeMs: 0, silentMs: 0, destroyedConnections: 0 },
      ...{ overloaded: false, wasReady: true, vitals: undefined, signals },
      send: () => {},
      kill: (signal = 'SIGTERM') => signals.push(signal),
      ...how,
    }
    this.workers.push(worker)
    return worker
  }

  /** Somebody who serves in the slot from now on. */
  serve(group: string, slot: number): PaperWorker {
    const worker = this.worker(group, slot)
    this.emit('fork', worker)
    this.emit('ready', worker)
    return worker
  }

  vacate(group: string, slot: number, how: Partial<Worker> = {}): PaperWorker {
    const worker = this.worker(group, slot, { state: 'draining', ...how })
    this.emit('vacant', { group, slot, worker } satisfies Vacancy)
    return worker
  }

  /** One that did not come up. */
  miscarry(group: string, slot: number): PaperWorker {
    return this.vacate(group, slot, { wasReady: false })
  }

  exit(worker: PaperWorker, reason: ExitReason): void {
    worker.state = 'exited'
    this.emit('exit', worker, reason)
  }
}

/** A supervisor of such a master, without jitter, and what it says. */
export function supervised(options: SuperviseOptions = {}, clock = new FakeClock()) {
  clock.chance = 0
  const master = new PaperMaster()
  const supervisor = supervise(master as unknown as Master, options, clock)
  const events: string[] = []
  const say = (...words: unknown[]) => events.push(words.join(' '))
  supervisor.on('backoff', ({ group, slot, delayMs }) => say('backoff', `${group}/${slot}`, delayMs))
  supervisor.on('respawn', () => say('respawn'))
  supervisor.on('failed', ({ group, slot, error }) => say('failed', `${group}/${slot}`, error.code))
  supervisor.on('leftVacant', ({ group, slot }) => say('leftVacant', `${group}/${slot}`))
  supervisor.on('giveup', ({ group, slot }) => say('giveup', `${group}/${slot}`))
  supervisor.on('crashloop', ({ group, restarts }) => say('crashloop', group, restarts))
  supervisor.on('stable', ({ group }) => say('stable', group))
  supervisor.on('dependants', ({ group, reloaded }) => say('dependants', group, reloaded))
  return { clock, master, supervisor, events }
}

/** What a promise of the supervisor's leads to happens a few turns later. */
export const settled = () => new Promise(setImmediate)
