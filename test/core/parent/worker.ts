import type { TestContext } from 'node:test'
import { OptionError } from '@manifold/core'
import { type WorkerHost, type WorkerOptions, WorkerProcess } from '@manifold/core/internal'
import { fixture } from '../../helpers/fixture.js'
import { once } from '../../helpers/wait.js'

/** A host that has no sockets to give, and notes what its workers want. */
export class PaperHost implements WorkerHost {
  readonly asked: string[] = []

  listen() {
    return { granted: false, errno: -98, why: 'there are no sockets here', syscall: 'listen' } as const
  }

  listening(): void {}

  unlisten(): void {}

  attachFailed(): void {}

  connections(): void {}
  limited(): void {}

  surplus(): void {}

  call(
    _worker: WorkerProcess,
    { target, name, payload }: { target: string; name: string; payload: unknown },
  ) {
    this.asked.push(`${target}.${name}`)
    if (name === 'fail') throw Object.assign(new Error('the master has no salt'), { code: 'ERR_NO_SALT' })
    return { answered: payload }
  }

  members(): void {
    throw new OptionError('target', 'the master', 'a group')
  }

  link(): boolean {
    return false
  }

  retire(worker: WorkerProcess): void {
    this.asked.push(`${worker.id} retires`)
  }
}

let lastId = 0

/** Starts a worker that is ready as soon as it is online. It is killed when the test is over, and its end awaited. */
export function startWorker(
  t: TestContext,
  exec: string | URL,
  options: Partial<WorkerOptions> = {},
  host: WorkerHost = new PaperHost(),
): WorkerProcess {
  const worker = new WorkerProcess(
    {
      ...{ id: ++lastId, group: 'web', slot: 0, sockets: {}, ready: 'online', execArgv: [] },
      ...{ readyTimeoutMs: 60_000, drainTimeoutMs: 5_000, keepAliveGraceMs: 0, maxQueued: 100, beatMs: 500 },
      ...options,
      exec,
    },
    host,
  )
  t.after(async () => {
    worker.destroy()
    await worker.closed
  })
  return worker
}

/** The same for a fixture, by its name. */
export function startFixture(
  t: TestContext,
  name: string,
  options: Partial<WorkerOptions> = {},
  host?: WorkerHost,
): WorkerProcess {
  return startWorker(t, fixture(`workers/${name}`), options, host)
}

/** The next thing that its application says. */
export async function said<Message>(worker: WorkerProcess): Promise<Message> {
  const [message] = await once<[Message]>(worker, 'message', { timeoutMs: 30_000 })
  return message
}
