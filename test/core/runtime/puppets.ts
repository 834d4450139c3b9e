import type { TestContext } from 'node:test'
import type { SocketAddress } from '@manifold/core'
import { type GroupOptions, Master, type Worker } from '@manifold/groups'
import type { Command, Outcome } from '../../fixtures/listen/puppet.js'
import { fixture } from '../../helpers/fixture.js'
import { once, until } from '../../helpers/wait.js'

let last = 0

/** Has a worker that runs the fixture `puppet` do something. */
export async function tell(master: Master, worker: Worker, command: Command): Promise<Outcome> {
  const number = ++last
  worker.send({ number, command })
  const [, { outcome }] = await once<[unknown, { number?: number; outcome: Outcome }]>(master, 'message', {
    filter: (_worker, message) => message.number === number,
  })
  return outcome
}

/** A group of workers that do with servers what a test tells them. */
export class Puppets {
  readonly master: Master<'puppets'>
  readonly started: Promise<void>

  private constructor(options: Partial<GroupOptions>) {
    const exec = fixture('listen/puppet')
    this.master = new Master({
      groups: { puppets: { exec, ready: 'online', drainTimeoutMs: 500, ...options } },
    })
    this.started = this.master.start()
  }

  static async start(options: Partial<GroupOptions> = {}): Promise<Puppets> {
    const puppets = new Puppets(options)
    await puppets.started
    return puppets
  }

  /** For one test. */
  static async of(t: TestContext, options: Partial<GroupOptions> = {}): Promise<Puppets> {
    const puppets = await Puppets.start(options)
    t.after(() => puppets.stop())
    return puppets
  }

  /** For one test, which waits itself until they are ready. */
  static async starting(t: TestContext, options: Partial<GroupOptions>): Promise<Puppets> {
    const puppets = new Puppets(options)
    t.after(() => puppets.stop())
    puppets.started.catch(() => {})
    await once(puppets.master, 'online')
    return puppets
  }

  stop(): Promise<void> {
    return this.master.stop()
  }

  get workers(): readonly Worker[] {
    return this.master.group('puppets').workers
  }

  get pids(): readonly (number | undefined)[] {
    return this.workers.map(({ pid }) => pid)
  }

  /** The sockets that the master holds for them. */
  get sockets(): Readonly<Record<string, SocketAddress>> {
    const { sockets } = this.master.status().groups.puppets!
    return Object.fromEntries(Object.entries(sockets).map(([name, { address }]) => [name, address]))
  }

  /** Has the worker in that slot do something. */
  async tell(slot: number, command: Command): Promise<Outcome> {
    const worker = this.workers.find((candidate) => candidate.slot === slot && candidate.state !== 'draining')
    if (!worker) throw new Error(`nobody is in slot ${slot}`)
    return tell(this.master, worker, command)
  }

  /** Has every worker do the same at the same time. */
  tellAll(command: Command): Promise<Outcome[]> {
    return Promise.all(this.workers.map(({ slot }) => this.tell(slot, command)))
  }

  /** Ends all servers, and waits until the master has given their sockets back. */
  async reset(): Promise<void> {
    await this.tellAll({ do: 'close all' })
    await until(() => Object.keys(this.sockets).length === 0, {
      what: () => `the end of ${Object.keys(this.sockets)}`,
    })
  }
}
