import type { ExitReason, GroupOptions, Worker } from '@manifold/groups'
import { once } from '../../helpers/wait.js'
import { Service } from '../service.js'

interface End {
  readonly reason: ExitReason
  /** From the moment at which it was told to drain. */
  readonly afterMs: number
}

/** A service of one worker, which is replaced while clients are connected to it. */
export class Replacement implements AsyncDisposable {
  readonly service: Service
  readonly old: Worker

  private constructor(service: Service, old: Worker) {
    this.service = service
    this.old = old
  }

  static async of(group: GroupOptions): Promise<Replacement> {
    const service = await Service.start(group)
    const [old] = (await service.served()) as [Worker]
    return new Replacement(service, old)
  }

  get port(): number {
    return this.service.port
  }

  /** Resolves when the old worker was told to drain; `ended` then tells of its end. */
  async begin(): Promise<{ ended: Promise<End> }> {
    const isOld = (worker: Worker) => worker === this.old
    const ended = once<[Worker, ExitReason]>(this.service.master, 'exit', {
      filter: isOld,
      timeoutMs: 20_000,
    })
    const draining = once(this.service.master, 'draining', { filter: isOld })
    void this.service.group.reload()
    await draining
    const begunAt = performance.now()
    return { ended: ended.then(([, reason]) => ({ reason, afterMs: performance.now() - begunAt })) }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.service[Symbol.asyncDispose]()
  }
}
