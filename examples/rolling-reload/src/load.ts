import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'

/** Clients that never rest. They keep count of which release answered, and of what failed. Nothing is tried again. */
export class Load {
  readonly answers = new Map<string, number>()
  readonly failures: string[] = []
  readonly #url: string
  readonly #clients: Promise<void>[]
  #stopped = false

  /** Half of the clients keep their connections, the others make a new one for each request. */
  constructor(url: string, clients: number) {
    this.#url = url
    this.#clients = Array.from({ length: clients }, (_, index) => this.#run(index % 2 === 0))
  }

  /** The releases that answer requests which are sent from now on. */
  async releases(requests: number): Promise<string[]> {
    const answers = await Promise.all(Array.from({ length: requests }, () => this.#ask(false)))
    return [...new Set(answers.filter((release) => release !== undefined))].sort()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#clients)
  }

  async #run(keepAlive: boolean): Promise<void> {
    const agent = keepAlive && new Agent({ keepAlive, maxSockets: 1 })
    while (!this.#stopped) await this.#ask(agent)
    if (agent) agent.destroy()
  }

  async #ask(agent: Agent | false): Promise<string | undefined> {
    try {
      const request = get(this.#url, { agent, timeout: 5_000 })
      request.on('timeout', () => request.destroy(new Error('no answer')))
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      let release = ''
      for await (const chunk of response.setEncoding('utf8')) release += chunk
      if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
      this.answers.set(release, (this.answers.get(release) ?? 0) + 1)
      return release
    } catch (error) {
      this.failures.push((error as Error).message)
      return undefined
    }
  }
}
