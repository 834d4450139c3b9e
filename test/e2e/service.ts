import { type GroupOptions, Master, type Worker } from '@manifold/groups'
import { type SuperviseOptions, type Supervisor, supervise } from '@manifold/health'
import { openDescriptors } from '../helpers/leaks.js'
import { once, until } from '../helpers/wait.js'

/** A fixture, compiled. */
export function fixture(name: string): URL {
  return new URL(`../fixtures/${name}.js`, import.meta.url)
}

/** The next one at once, whoever is silent: how pauses grow, and what becomes of the silent, is tested elsewhere. */
const AT_ONCE: SuperviseOptions = {
  restart: { minDelayMs: 10, maxDelayMs: 10, stableAfterMs: 0 },
  heartbeat: false,
  // It reads files of the system now and then, beside which no descriptors can be counted.
  recycle: false,
}

/** A supervised master in this process with one group, `web`, on one socket, and what tests do to its workers. */
export class Service implements AsyncDisposable {
  readonly master: Master<'web'>
  readonly supervisor: Supervisor
  readonly #pids = new Set<number>()

  private constructor(group: GroupOptions, options: SuperviseOptions) {
    this.master = new Master({
      groups: { web: { listen: { http: { port: 0, host: '127.0.0.1' } }, ...group } },
    })
    this.master.on('fork', ({ pid }) => this.#pids.add(pid!))
    this.supervisor = supervise(this.master, options)
  }

  static async start(group: GroupOptions, options: SuperviseOptions = AT_ONCE): Promise<Service> {
    const service = new Service(group, options)
    await service.master.start()
    return service
  }

  get group() {
    return this.master.group('web')
  }

  get port(): number {
    return this.portOf('http')
  }

  portOf(socket: string): number {
    const address = this.master.status().groups.web?.sockets[socket]?.address
    if (address === undefined || !('port' in address))
      throw new Error(`the group has no TCP socket ${socket}`)
    return address.port
  }

  /** All processes that ever were. */
  get pids(): ReadonlySet<number> {
    return this.#pids
  }

  /** Who serves in a slot. */
  serving(slot: number): Worker | undefined {
    const { state, worker } = this.master.status().groups.web!.slots[slot]!
    return state === 'serving' ? this.group.workers.find(({ id }) => id === worker?.id) : undefined
  }

  /** Waits until every slot is served by somebody else than these. */
  async served(except: readonly (number | undefined)[] = []): Promise<Worker[]> {
    const slots = this.master.status().groups.web!.slots.map(({ slot }) => slot)
    const others = () =>
      slots.flatMap((slot) => this.serving(slot) ?? []).filter(({ pid }) => !except.includes(pid))
    await until(() => others().length === slots.length, {
      what: () => `all slots served: ${JSON.stringify(this.master.status().groups.web!.slots)}`,
      intervalMs: 5,
    })
    return others()
  }

  /** Has a worker that runs `obedient-server` do something, and waits until it has done it. */
  async order(
    worker: Worker,
    order: { readonly do: string; readonly [detail: string]: unknown },
  ): Promise<void> {
    const done = once<[Worker, { done?: string }]>(this.master, 'message', {
      filter: ({ id }, message) => id === worker.id && message.done === order.do,
    })
    worker.send(order)
    await done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    void this.supervisor.stop()
    // A stopped process would not hear that it should finish.
    for (const { workers } of this.master.groups) for (const { pid } of workers) signal(pid, 'SIGCONT')
    this.master.destroy()
    await this.master.stop()
  }
}

/** Sends a signal to a process that may be gone. */
export function signal(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** How many descriptors each of these processes has, in their order. */
export function countDescriptors(pids: readonly (number | undefined)[]): number[] {
  return pids.map((pid) => openDescriptors(pid).length)
}
