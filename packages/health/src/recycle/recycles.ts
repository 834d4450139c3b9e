import type { Timer, Vitals } from '@manifold/core'
import type { Worker } from '@manifold/groups'
import { listen, type Part, type PartHost } from '../part.js'
import { Growth } from './growth.js'
import { Limits } from './limits.js'
import { Line } from './line.js'
import { type MemoryUse, memoryUse } from './memory-use.js'
import { Pressure, type Relief } from './pressure.js'

/** A worker that serves. */
interface Watched {
  readonly worker: Worker
  readonly memoryFraction: number
  readonly limits: Limits
  readonly growth: Growth
  readonly since: number
  readonly timer: Timer | undefined
}

/** Replaces workers that are too large, too old, or have served enough, before anything comes of it. */
export class Recycles implements Part {
  readonly #host: PartHost
  readonly #isInCrashLoop: (group: string) => boolean
  readonly #watched = new Map<number, Watched>()
  readonly #lines = new Map<string, Line>()
  readonly #pressure: Pressure
  readonly #unsubscribe: () => void

  /** @param readMemory what the container has taken; undefined where it has no limit. */
  constructor(
    host: PartHost,
    isInCrashLoop: (group: string) => boolean,
    readMemory: () => Promise<MemoryUse | undefined> = memoryUse,
  ) {
    this.#host = host
    this.#isInCrashLoop = isInCrashLoop
    this.#pressure = new Pressure(host.clock, readMemory, {
      use: (use) => this.#relieve(use),
      unrelieved: (use) => host.emit('memoryPressure', use),
    })
    this.#unsubscribe = listen(host.master, {
      ready: (worker) => this.#watch(worker, 0),
      beat: (worker, vitals) => this.#beat(worker, vitals),
      draining: (worker) => this.#unwatch(worker),
      exit: (worker) => {
        this.#unwatch(worker)
        this.#lines.get(worker.group)?.gone(worker)
      },
      vacant: ({ group }) => this.#line(group).vacated(),
      groupRemoved: (group) => {
        this.#lines.get(group)?.stop()
        this.#lines.delete(group)
      },
    })
  }

  stop(): void {
    this.#unsubscribe()
    this.#pressure.stop()
    for (const { worker } of [...this.#watched.values()]) this.#unwatch(worker)
    for (const line of this.#lines.values()) line.stop()
  }

  #watch(worker: Worker, ageMs: number): Watched | undefined {
    const config = this.#host.rulesOf(worker.group).recycle
    if (!config) return undefined
    const { clock } = this.#host
    const since = clock.now() - ageMs
    const limits = new Limits(config, () => clock.random())
    const age = () => this.#line(worker.group).consider(worker, limits.judgeAge(clock.now() - since))
    const timer = limits.ageMs === undefined ? undefined : clock.after(Math.max(0, limits.ageMs - ageMs), age)
    const { memoryFraction } = config
    const watched = { worker, memoryFraction, limits, growth: new Growth(), since, timer }
    this.#watched.set(worker.id, watched)
    return watched
  }

  #unwatch(worker: Worker): void {
    this.#watched.get(worker.id)?.timer?.cancel()
    this.#watched.delete(worker.id)
    this.#lines.get(worker.group)?.forget(worker)
  }

  #beat(worker: Worker, vitals: Vitals): void {
    if (worker.state !== 'ready') return
    // One that was there before us has not said that it is ready.
    const watched = this.#watched.get(worker.id) ?? this.#watch(worker, worker.uptimeMs)
    if (!watched) return
    const ageMs = this.#host.clock.now() - watched.since
    watched.growth.take(vitals.rssBytes, ageMs)
    this.#line(worker.group).consider(worker, watched.limits.judge(vitals, ageMs))
    this.#pressure.beat()
  }

  /** The largest of those that have grown goes first. */
  #relieve({ usedBytes, limitBytes }: MemoryUse): Relief {
    const pressed = [...this.#watched.values()].filter(
      ({ memoryFraction }) => usedBytes > memoryFraction * limitBytes,
    )
    if (pressed.length === 0) return 'none'
    const grown = pressed
      .filter(({ growth }) => growth.hasGrown)
      .sort((one, other) => other.growth.rssBytes - one.growth.rssBytes)
    for (const { worker, memoryFraction } of grown) {
      const limit = Math.round(memoryFraction * limitBytes)
      if (this.#line(worker.group).prefer(worker, { cause: 'cgroup', value: usedBytes, limit }))
        return 'recycled'
    }
    return grown.length > 0 ? 'later' : 'nobody'
  }

  #line(group: string): Line {
    let line = this.#lines.get(group)
    if (!line) {
      line = new Line(group, this.#host, () => this.#isInCrashLoop(group))
      this.#lines.set(group, line)
    }
    return line
  }
}
