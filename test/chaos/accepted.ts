import { readFileSync } from 'node:fs'
import { groups } from './groups.js'
import { acceptedFile } from './places.js'

interface Acceptance {
  readonly pid: number
  readonly at: number
}

/** Who has accepted which connection, as the workers have noted it. */
export class Accepted {
  readonly #byClient = new Map<string, Acceptance[]>()

  constructor(folder: string) {
    for (const { name } of groups) {
      for (const line of readFileSync(acceptedFile(folder, name), 'utf8').split('\n')) {
        const [pid, client, at] = line.split(' ')
        if (at === undefined) continue
        const key = `${name} ${client}`
        const known = this.#byClient.get(key) ?? []
        known.push({ pid: Number(pid), at: Number(at) })
        this.#byClient.set(key, known)
      }
    }
  }

  /** Everybody who has noted a connection from there, for people. */
  history(group: string, client: string): string {
    const known = this.#byClient.get(`${group} ${client}`) ?? []
    return known.map(({ pid, at }) => `${pid} at ${at.toFixed(0)}`).join(', ') || 'nobody'
  }

  /** The process that had the connection of a client, `address:port`, last between these moments. */
  by(group: string, client: string, after: number, before: number): number | undefined {
    const known = this.#byClient.get(`${group} ${client}`) ?? []
    return known.filter(({ at }) => at >= after && at <= before).at(-1)?.pid
  }
}
