import { type Clock, type ExitReason, formatExit, ManifoldError, type Timer } from '@manifold/core'
import type { WorkerProcess } from '@manifold/core/internal'

/** How long a worker that was lost may take to be dead, so that the error can tell how it ended. */
const EXIT_GRACE_MS = 1_000

/** A worker of the new release that went by itself. */
export class Loss {
  readonly #worker: WorkerProcess
  readonly #uptimeMs: number

  constructor(worker: WorkerProcess) {
    this.#worker = worker
    this.#uptimeMs = Math.round(worker.uptimeMs)
  }

  /** How it ended is known a moment after it could no longer be reached. */
  async explain(clock: Clock): Promise<ManifoldError> {
    const { group, slot, pid, closed } = this.#worker
    let timer: Timer | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = clock.after(EXIT_GRACE_MS, () => resolve(undefined))
    })
    const reason: ExitReason | undefined = await Promise.race([closed, late])
    timer?.cancel()
    const how = reason ? formatExit(reason) : 'it finishes by itself'
    return new ManifoldError(
      'ERR_MANIFOLD_CANARY',
      `worker of group '${group}', slot ${slot} (pid ${pid}) was lost ${this.#uptimeMs} ms after its start, while the reload ran: ${how}`,
      { cause: reason },
    )
  }
}
