import { EventEmitter } from 'node:events'
import { type ExitReason, ManifoldError } from '@manifold/core'
import type { WorkerProcess } from '@manifold/core/internal'
import type { Worker } from '@manifold/groups'
import { Releases, Slots, Standbys } from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'

/** A worker as its slot sees it, without a process. It finishes at once when it is told to, unless it lingers. */
export class PaperWorker extends EventEmitter {
  readonly id: number
  slot: number
  readonly exec: string
  readonly group = 'web'
  readonly uptimeMs = 0
  readonly started: Promise<void>
  readonly waiting: Promise<void>
  readonly closed: Promise<ExitReason>
  readonly connected = true
  silentMs = 0
  lingers = false
  state: WorkerProcess['state'] = 'online'
  #starts = { resolve: () => {}, reject: (_error: Error) => {} }
  #waits = () => {}
  #closes: (reason: ExitReason) => void = () => {}

  constructor(id: number, slot: number, exec: string) {
    super()
    this.id = id
    this.slot = slot
    this.exec = exec
    this.started = new Promise((resolve, reject) => {
      this.#starts = { resolve, reject }
    })
    this.started.catch(() => {})
    const waits = new Promise<void>((resolve) => {
      this.#waits = resolve
    })
    this.waiting = Promise.race([waits, this.started])
    this.waiting.catch(() => {})
    this.closed = new Promise((resolve) => {
      this.#closes = resolve
    })
  }

  get pid(): number {
    return 1_000 + this.id
  }

  get stoodBy(): boolean {
    return this.slot === -1
  }

  /** It has loaded its program, and has no slot. */
  waits(): void {
    this.state = 'waiting'
    this.#waits()
    this.emit('waiting')
  }

  promote(slot: number): void {
    this.slot = slot
    this.state = 'online'
    this.#waits()
  }

  destroy(): void {
    this.exit()
  }

  ready(): void {
    this.state = 'ready'
    this.emit('ready')
    this.#starts.resolve()
  }

  drain(cause: string): Promise<ExitReason> {
    if (this.state === 'draining' || this.state === 'exited') return this.closed
    this.state = 'draining'
    this.emit('draining', cause)
    if (!this.lingers) setImmediate(() => this.exit({ type: 'exited', code: 0, asked: true }))
    return this.closed
  }

  exit(reason: ExitReason = { type: 'exited', code: 7, asked: false }): void {
    if (this.state === 'exited') return
    this.state = 'exited'
    this.emit('exit', reason)
    this.#starts.reject(new ManifoldError('ERR_MANIFOLD_START', `worker ${this.id} ended`))
    this.#closes(reason)
  }
}

/** The slots of a group and its releases, whose workers do what the test has them do. The first release is `old`. */
export class PaperGroup {
  readonly clock = new FakeClock()
  readonly workers: PaperWorker[] = []
  /** What happened: events of the master, and who was started where. */
  readonly seen: string[] = []
  /** Called as soon as a worker was started. */
  onSpawn = () => {}
  readonly slots: Slots
  readonly standbys: Standbys
  readonly releases: Releases

  constructor(count: number, standby = 0) {
    this.slots = new Slots(count, {
      servesWhileStarting: true,
      spawn: (slot, release) => {
        const worker = this.standbys.seat(slot, release)
        this.onSpawn()
        return worker
      },
      forked: () => {},
      admit: () => {},
      dismiss: () => {},
      lost: (worker) => this.releases.lost(worker),
      vacant: ({ index }) => this.seen.push(`vacant ${index}`),
    })
    const releases = () => this.releases
    this.standbys = new Standbys(
      { count: standby, silentMs: 1_000, hungMs: 10_000 },
      {
        get release() {
          return releases().current
        },
        launch: (slot, { exec }) => {
          const worker = new PaperWorker(this.workers.length, slot, exec)
          this.workers.push(worker)
          return worker as unknown as WorkerProcess
        },
        forked: ({ id }) => this.seen.push(`standby ${id}`),
        vacant: ({ id }, { code }) => this.seen.push(`standbyVacant ${id} ${code}`),
      },
    )
    const config = { name: 'web', exec: 'old', spawn: {} } as unknown as ConstructorParameters<
      typeof Releases
    >[0]
    const emit = (name: string, ...[about, error]: unknown[]) => {
      const detail =
        name === 'failed'
          ? `${(about as Worker).slot} ${(error as ManifoldError).code}`
          : JSON.stringify(about, (key, value) => (key === 'error' ? value.code : value))
      this.seen.push(`${name} ${detail}`)
    }
    this.releases = new Releases(config, { clock: this.clock, emit }, this.slots, this.standbys)
  }

  /** Fills all slots; their workers are ready. */
  static async serving(count: number, standby = 0): Promise<PaperGroup> {
    const group = new PaperGroup(count, standby)
    const filled = group.slots.list.map((slot) => slot.fill(group.releases.own))
    for (const worker of group.workers) worker.ready()
    await Promise.all(filled)
    return group
  }

  /** What serves or starts in each slot; `-` for nobody. */
  get picture(): string {
    return this.slots.list
      .map((slot) => {
        const { occupant, coming, state } = slot
        if (!occupant) return state === 'emptying' ? '…' : '-'
        const name = (worker: WorkerProcess) => `${slot.releaseOf(worker)?.exec}${worker.id}`
        if (!coming) return name(occupant)
        return coming === occupant ? `(${name(coming)})` : `${name(occupant)}(${name(coming)})`
      })
      .join(' ')
  }

  /** The worker that was started last, or that many before it. */
  last(before = 0): PaperWorker {
    return this.workers.at(-1 - before)!
  }
}

/** What a promise leads to happens a few turns later. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
}
