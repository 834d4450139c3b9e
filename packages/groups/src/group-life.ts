import { ManifoldError } from '@manifold/core'
import { Machine, type Transitions } from '@manifold/core/internal'

type GroupState = 'idle' | 'running' | 'stopping'

const TRANSITIONS: Transitions<GroupState> = {
  idle: ['running', 'stopping'],
  running: ['stopping'],
  stopping: [],
}

/** Whether a group runs, and the errors of what does not fit. */
export class GroupLife {
  readonly #name: string
  readonly #machine: Machine<GroupState>

  constructor(name: string) {
    this.#name = name
    this.#machine = new Machine(`group '${name}'`, TRANSITIONS, 'idle')
  }

  get running(): boolean {
    return this.#machine.state === 'running'
  }

  /** Whether it was told to stop. */
  get stopping(): boolean {
    return this.#machine.state === 'stopping'
  }

  begin(): void {
    if (this.stopping) throw this.stopped()
    this.#machine.to('running')
  }

  end(): void {
    this.#machine.to('stopping')
  }

  /** Before the declared sockets are held, workers would bind for themselves. */
  assertRunning(): void {
    if (this.stopping) throw this.stopped()
    if (!this.running) throw this.wrong('has not been started')
  }

  /** A worker that does not come up because everything stops is no failure of its own. */
  async unlessStopping<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (cause) {
      throw this.stopping ? this.stopped(cause) : cause
    }
  }

  stopped(cause?: unknown): ManifoldError {
    return new ManifoldError('ERR_MANIFOLD_STOPPED', `group '${this.#name}' is stopping`, { cause })
  }

  wrong(what: string): ManifoldError {
    return new ManifoldError('ERR_MANIFOLD_STATE', `group '${this.#name}' ${what}`)
  }
}
