import { setTimeout as sleep } from 'node:timers/promises'
import { signal } from '../e2e/service.js'
import { moment } from '../helpers/moment.js'
import { until } from '../helpers/wait.js'
import { type Fleet, type Life, Refused } from './fleet.js'
import { type ChaosGroup, groups } from './groups.js'
import { kindOf } from './kinds.js'
import type { Done, Entry, Ledger, Turn } from './ledger.js'
import { putMood } from './places.js'
import type { Fault, Operation, Upheaval } from './plan.js'

/** How long a slot may take until it is at full strength again, whatever else goes on. */
const RECOVERY_MS = 45_000
const LOOK_MS = 4
/** How long a slot serves at least between two faults. */
const SERVING_MS = 250

/**
 * Does to a fleet what the plan says. Faults of different slots overlap; one slot takes them one after another, each
 * once the one before is over: so each has an end of its own.
 */
export class Injector {
  readonly #fleet: Fleet
  readonly #folder: string
  readonly #ledger: Ledger
  readonly #slots = new Map<string, Promise<void>>()
  readonly #underWay = new Set<Promise<void>>()

  constructor(fleet: Fleet, folder: string, ledger: Ledger) {
    this.#fleet = fleet
    this.#folder = folder
    this.#ledger = ledger
  }

  /** How many faults and operations have not ended. */
  get underWay(): number {
    return this.#underWay.size
  }

  begin(step: Fault | Operation): void {
    const work = step.type === 'fault' ? this.#queue(step) : this.#operate(step)
    this.#underWay.add(work)
    void work.then(() => this.#underWay.delete(work))
  }

  /** Resolves when all that was begun is over. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  /** Alone: once all that was begun is over, and until all of the generation before is gone. */
  async overturn({ do: what }: Upheaval): Promise<void> {
    await this.settled()
    const fleet = this.#fleet
    const turn: Turn = { do: what, startedAt: moment(), master: fleet.pid }
    this.#ledger.turns.push(turn)
    try {
      if (what === 'failed upgrade') {
        fleet.spoil(true)
        await fleet.guardian('upgrade', 'upgradeFailed')
        fleet.spoil(false)
      } else {
        if (what === 'upgrade') await fleet.guardian('upgrade', 'upgraded')
        else {
          fleet.forget()
          signal(fleet.pid, what)
          await fleet.heard('masterSettled')
        }
        await this.#until('the word of the new master', () => fleet.pid !== turn.master)
      }
      await this.#until('the end of all orphans', () => fleet.bury().length === 0)
      turn.endedAt = moment()
    } catch (error) {
      turn.problem = (error as Error).message
    }
  }

  #queue(fault: Fault): Promise<void> {
    const key = `${fault.group}/${fault.slot}`
    const entry: Entry = { fault }
    this.#ledger.entries.push(entry)
    const work = (this.#slots.get(key) ?? Promise.resolve()).then(async () => {
      try {
        await this.#inject(fault, entry)
      } catch (error) {
        entry.problem = (error as Error).message
      }
    })
    this.#slots.set(key, work)
    return work
  }

  async #inject(fault: Fault, entry: Entry): Promise<void> {
    const victim = await this.#hit(fault, entry)
    if (fault.also) {
      await sleep(fault.also.afterMs)
      // Not one that has its number by now.
      if (victim.exitedAt === undefined) signal(victim.pid, fault.also.signal)
    }
    if (fault.kind === 'killed start') await this.#killSuccessor(fault, entry)
    const echo = kindOf(fault.kind).survives ? await this.#askForEcho(victim) : () => undefined
    entry.recoveredAt = await this.#until(`full strength of ${fault.group}/${fault.slot}`, () => {
      const serving = this.#fleet.serving(fault.group, fault.slot)
      if (serving === undefined) return undefined
      return serving.pid === victim.pid ? echo() : serving.readyAt
    })
    // So that the next one hits a worker with work in its hands.
    await sleep(SERVING_MS)
  }

  /** The worker may go by itself just now, when its group is being reloaded: then it is the next one. */
  async #hit(fault: Fault, entry: Entry): Promise<Life> {
    for (;;) {
      const victim = await this.#until(`somebody to serve in ${fault.group}/${fault.slot}`, () =>
        this.#fleet.serving(fault.group, fault.slot),
      )
      for (const mood of fault.moods) putMood(this.#folder, fault.group, mood)
      entry.pid = victim.pid
      entry.hitAt = moment()
      const { strike } = fault
      if ('signal' in strike) {
        signal(victim.pid, strike.signal)
        const { thenContinueAfterMs } = strike
        if (thenContinueAfterMs !== undefined) {
          setTimeout(() => signal(victim.pid, 'SIGCONT'), thenContinueAfterMs)
        }
        return victim
      }
      const told = await this.#refusedOr({ do: 'tell', pid: victim.pid, order: strike.order })
      if (told) return victim
    }
  }

  async #killSuccessor(fault: Fault, entry: Entry): Promise<void> {
    const successor = await this.#until(`a successor in ${fault.group}/${fault.slot}`, () => {
      return this.#fleet.starting(fault.group, fault.slot) ?? this.#fleet.serving(fault.group, fault.slot)
    })
    if (successor.pid === entry.pid) return
    entry.secondPid = successor.pid
    signal(successor.pid, 'SIGKILL')
    await this.#until('its end', () => successor.exitedAt)
  }

  /** What is asked of a process that is gone by now needs no answer. */
  async #askForEcho({ pid }: Life): Promise<() => number | undefined> {
    try {
      return await this.#fleet.askForEcho(pid)
    } catch (error) {
      if (error instanceof Refused) return () => undefined
      throw error
    }
  }

  async #refusedOr(request: Parameters<Fleet['order']>[0]): Promise<boolean> {
    try {
      await this.#fleet.order(request)
      return true
    } catch (error) {
      if (error instanceof Refused) return false
      throw error
    }
  }

  async #operate({ do: what, group }: Operation): Promise<void> {
    const done: Done = { do: what, group, startedAt: moment() }
    this.#ledger.operations.push(done)
    const { workers } = groups.find(({ name }) => name === group) as ChaosGroup
    try {
      if (what === 'reload') await this.#fleet.order({ do: 'reload', group })
      else {
        await this.#fleet.order({ do: 'scale', group, workers: workers + 1 }).finally(() => {
          return this.#fleet.order({ do: 'scale', group, workers })
        })
      }
      done.outcome = 'ok'
    } catch (error) {
      done.outcome = (error instanceof Refused && error.code) || (error as Error).message
    }
    done.endedAt = moment()
  }

  #until<T>(what: string, look: () => T | undefined): Promise<T> {
    return until(
      () => {
        if (this.#fleet.ended !== undefined) throw new Error(`the master has ended: ${this.#fleet.ended}`)
        return look()
      },
      { what, timeoutMs: RECOVERY_MS, intervalMs: LOOK_MS },
    ) as Promise<T>
  }
}
