import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { GroupOptions } from '@manifold/groups'
import type { JudgementOptions } from '@manifold/health'
import { once, until } from '../helpers/wait.js'
import { fixture, signal } from './service.js'

interface News {
  ready?: number
  gone?: number
  silent?: number
  sockets?: { http: { address: { port: number } } }
}

/** A service whose master is a process of its own: one that can be stopped and killed. */
export class MasterProcess implements AsyncDisposable {
  /** Its workers that are ready. */
  readonly serving = new Set<number>()
  /** Those that were found silent. */
  readonly silent = new Set<number>()
  /** All workers that ever were ready. */
  readonly pids = new Set<number>()
  readonly #child: ChildProcess
  #port = 0

  private constructor(group: GroupOptions, judgement: JudgementOptions | false) {
    this.#child = fork(fileURLToPath(fixture('services/master')), [JSON.stringify([group, judgement])])
    this.#child.on('message', ({ ready, gone, silent, sockets }: News) => {
      if (ready !== undefined) this.serving.add(ready)
      if (ready !== undefined) this.pids.add(ready)
      if (silent !== undefined) this.silent.add(silent)
      if (gone !== undefined) this.serving.delete(gone)
      if (sockets !== undefined) this.#port = sockets.http.address.port
    })
  }

  static async start(
    group: GroupOptions & { readonly exec: URL },
    judgement: JudgementOptions | false = false,
  ): Promise<MasterProcess> {
    const master = new MasterProcess({ ...group, exec: group.exec.href }, judgement)
    await until(() => master.#port !== 0, { what: 'the start of the master' })
    return master
  }

  get port(): number {
    return this.#port
  }

  /** Resolves when the master is gone. */
  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.send('stop')
    await gone
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await gone
    }
    for (const pid of this.pids) signal(pid, 'SIGKILL')
  }
}
