import type { CallLimits, SocketAddress } from '@manifold/core'
import type {
  Answer,
  BroadcastArguments,
  BroadcastName,
  CallArguments,
  RequestName,
} from '@manifold/core/internal'
import type { BroadcastResult } from './messages/messages.js'
import type { ReloadOptions } from './reload/reload-options.js'
import type { GroupStatus } from './status.js'
import type { Worker } from './workers/worker.js'

/** A pool of workers that run one program: its slots, its sockets and its rules. Made by `Master`. */
export interface Group<Name extends string = string, Socket extends string = string> {
  readonly name: Name

  /** The groups that this one needs, by name: it starts after them, and stops before. */
  readonly after: readonly string[]

  /** All its processes, those that are starting and finishing included. */
  readonly workers: readonly Worker[]

  /**
   * Fills a vacant slot. This is how a supervisor respawns.
   *
   * @throws {StartError} if the worker does not get ready; the slot is vacant again then.
   * @throws {ManifoldError} `ERR_MANIFOLD_STATE` if the slot is not vacant or does not exist, or before the group is
   *   started, `ERR_MANIFOLD_STOPPED` if the group stops.
   */
  fill(slot: number): Promise<Worker>

  /**
   * Says of a vacant slot that nobody is about to fill it, as far as the supervisor knows. In a pool of
   * `@manifold/groups/cluster`, a socket is closed that waits for nobody else; elsewhere, sockets are held whatever
   * happens. Does nothing if the slot is not vacant. It may still be filled later.
   */
  leaveVacant(slot: number): void

  /**
   * Replaces the worker of one slot: a successor is started, and when it is ready it takes over, and the old worker
   * drains. Resolves with the successor. If that does not come up, the old worker stays.
   *
   * @throws {OptionError} if `slot` is no slot number.
   * @throws {StartError} of the worker that did not come up.
   * @throws {ManifoldError} `ERR_MANIFOLD_STATE` if the slot does not serve or does not exist, or before the group is
   *   started, `ERR_MANIFOLD_STOPPED` if the group stops.
   */
  replace(slot: number): Promise<Worker>

  /**
   * Replaces every worker by a new one, `batch` slots at a time: successors are started, and when they are ready they
   * take over, and the old workers drain (with `surge: false` the other way round). Resolves when the last of the old
   * ones is gone. With `exec`, `args`, `env` or `cwd` the new workers run a new release, which is the group's own from
   * then on.
   *
   * If a new worker does not come up, or goes by itself before the reload is over, the reload is aborted. Old workers
   * go on, slots that it left vacant are filled, and slots that run the new release already are brought back to the
   * former one in the same steps; where that fails, `failed` tells. The reload rejects after this.
   *
   * Without options, a reload that runs already is joined. A worker that is on its way is new enough, unless it runs an
   * older release: then it is replaced once it is up. Slots that `scale` adds meanwhile start with the release that is
   * being rolled out, and are brought back with the others; slots that it removes are left out.
   *
   * @throws {OptionError} naming the wrong option.
   * @throws {StartError} of the worker that did not come up.
   * @throws {ManifoldError} `ERR_MANIFOLD_CANARY` if a new worker went by itself (`cause` is its `ExitReason`, if it has
   *   ended), `ERR_MANIFOLD_STATE` before the group is started, or with options while another reload runs,
   *   `ERR_MANIFOLD_STOPPED` if the group stops before all slots are renewed.
   */
  reload(options?: ReloadOptions): Promise<void>

  /**
   * Adds slots and fills them, or takes the highest away, whose workers drain as if they were replaced. Resolves when
   * the new workers are ready, or the old ones gone. Acts at once, also while a reload or another `scale` runs: the
   * last one wins. If there are so many slots already, it waits for the last change. Slots whose workers do not come up
   * stay, vacant. Without any slot no socket is closed: connections
   * wait until there is somebody again.
   *
   * @param workers from 0 to 10,000, or `'cpus'`: the processors that we may use.
   * @throws {OptionError} if it is neither.
   * @throws {StartError} of the first worker that does not come up.
   * @throws {ManifoldError} `ERR_MANIFOLD_STATE` before the group is started, or if a later `scale` takes one of the new
   *   slots away before its worker is ready, `ERR_MANIFOLD_STOPPED` if the group stops.
   */
  scale(workers: number | 'cpus'): Promise<void>

  /**
   * Starts what is missing of the workers that stand by (option `standby`): after the end of one, which
   * `standbyVacant` tells, nobody else does so before a worker gets ready in a slot. Resolves when they wait, or are
   * not needed any more.
   *
   * @throws {StartError} of the first that does not come so far.
   * @throws {ManifoldError} `ERR_MANIFOLD_STATE` before the group is started, `ERR_MANIFOLD_STOPPED` if it stops.
   */
  replenish(): Promise<void>

  /**
   * Asks one of its workers that are ready: any in turn, or the one that `limits` choose.
   *
   * @throws {OptionError} naming the wrong argument.
   * @throws {ManifoldError} `ERR_MANIFOLD_NO_WORKER`, or with `retry` `ERR_MANIFOLD_STOPPED` if the group stops; and as
   *   `worker.call`.
   */
  call<Request extends RequestName<Name>>(
    name: Request,
    ...args: CallArguments<Name, Request, CallLimits>
  ): Promise<Answer<Name, Request>>

  /**
   * Tells all its workers that are online and have subscribed to that name. One whose channel is full is skipped.
   *
   * @throws {OptionError} if the name is wrong.
   */
  broadcast<Of extends BroadcastName>(name: Of, ...args: BroadcastArguments<Of>): BroadcastResult

  /**
   * Where a declared socket is bound.
   *
   * @throws {OptionError} if the group declares no such socket.
   * @throws {ManifoldError} `ERR_MANIFOLD_STATE` before the group is started, and after it has stopped.
   */
  address(name: Socket): SocketAddress

  /** A picture of it, as plain data. */
  status(): GroupStatus
}
