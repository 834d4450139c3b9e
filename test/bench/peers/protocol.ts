/** What a contestant's master tells the bench, over Node's own IPC. */
export type FromPeer =
  /** The workers that serve now; sent whenever that changes. */
  | { type: 'serving'; pids: number[] }
  /** From the call that starts the first worker to its first listening socket. */
  | { type: 'started'; startMs: number }
  /**
   * Every worker has been replaced, gracefully; or `error` says why not. `firstListeningMs` is the time from the call
   * until the first of the new workers listened.
   */
  | { type: 'reloaded'; firstListeningMs?: number; error?: string }
  /** The process that stands over the workers, where that is not the one that was started. */
  | { type: 'master'; pid: number }
  /** Of those that know such things: what they noticed of a worker, and when (`moment()`). */
  | { type: 'noticed'; what: string; pid: number | undefined; at: number }

/** What the bench asks of it. To be stopped, it is just disconnected: so it also ends when the bench dies. */
export type ToPeer = { type: 'reload' }

export interface PeerSettings {
  /** The worker's script. */
  app: string
  port: number
  workers: number
  /** What distinguishes two contestants that share a script, such as a policy. */
  variant: string
}

interface PeerMaster {
  /** Resolves with `firstListeningMs`. Missing where a contestant knows no such thing. */
  reload?(): Promise<number>
  stop(): Promise<void>
}

/** The bench hands them over in the script's first argument. */
export function peerSettings(): PeerSettings {
  return JSON.parse(process.argv[2]!) as PeerSettings
}

export function tellBench(message: FromPeer): void {
  if (process.connected) process.send!(message)
}

export function obeyBench(master: PeerMaster): void {
  process.on('message', (message: ToPeer) => {
    if (message.type !== 'reload') return
    const reloaded = master.reload?.() ?? Promise.reject(new Error('this contestant has no reload'))
    reloaded.then(
      (firstListeningMs) => tellBench({ type: 'reloaded', firstListeningMs }),
      (error: unknown) => tellBench({ type: 'reloaded', error: String(error) }),
    )
  })
  process.once('disconnect', () => {
    master.stop().finally(() => process.exit())
  })
}

/** The pids of the workers that serve; the bench is told of each change. */
export class ServingWorkers {
  readonly #pids = new Set<number>()

  add(pid: number | undefined): void {
    if (pid === undefined) return
    this.#pids.add(pid)
    tellBench({ type: 'serving', pids: [...this.#pids] })
  }

  delete(pid: number | undefined): void {
    if (pid !== undefined && this.#pids.delete(pid)) tellBench({ type: 'serving', pids: [...this.#pids] })
  }
}
