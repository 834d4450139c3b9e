import type { HangReport, Worker } from '@manifold/groups'
import { listen, type Part, type PartHost } from '../part.js'
import { Silence } from './silence.js'

/**
 * Ends workers that their groups have found silent, unless they are heard again. One that a debugger holds is silent as
 * well, and is left alone; so is one that finishes, whose time is limited anyway.
 */
export class Judge implements Part {
  readonly #host: PartHost
  /** Told of every worker that is ended. */
  readonly #onSentence: (worker: Worker) => void
  readonly #silences = new Map<Worker, Silence>()
  /** They may come first. */
  readonly #reports = new WeakMap<Worker, HangReport>()
  readonly #unsubscribe: () => void

  constructor(host: PartHost, onSentence: (worker: Worker) => void = () => {}) {
    this.#host = host
    this.#onSentence = onSentence
    this.#unsubscribe = listen(host.master, {
      silent: (worker, silentMs) => this.#silent(worker, silentMs),
      hang: (worker, report) => {
        this.#reports.set(worker, report)
        this.#silences.get(worker)?.explained(report)
      },
      heard: (worker) => {
        this.#reports.delete(worker)
        this.#acquit(worker)
      },
      draining: (worker) => this.#acquit(worker),
      exit: (worker) => this.#acquit(worker),
    })
  }

  stop(): void {
    this.#unsubscribe()
    for (const silence of this.#silences.values()) silence.end()
    this.#silences.clear()
  }

  #silent(worker: Worker, soFarMs: number): void {
    const config = this.#host.rulesOf(worker.group).heartbeat
    if (!config || worker.vitals?.inspected || this.#silences.has(worker)) return
    const { clock, emit } = this.#host
    const silence = new Silence(worker, soFarMs, config, clock, {
      terminate: (silentMs, report) => {
        this.#onSentence(worker)
        emit('terminating', { worker, silentMs: Math.round(silentMs), report })
        worker.kill('SIGTERM')
      },
      kill: (silentMs, report) => {
        emit('killing', { worker, silentMs: Math.round(silentMs), report })
        worker.kill('SIGKILL')
      },
    })
    this.#silences.set(worker, silence)
    const report = this.#reports.get(worker)
    if (report) silence.explained(report)
  }

  #acquit(worker: Worker): void {
    this.#silences.get(worker)?.end()
    this.#silences.delete(worker)
  }
}
