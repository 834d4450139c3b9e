import type { HttpClient } from '../http-client.js'
import { pidOf } from '../http-client.js'

/** How many of these connections each process has, the most first. */
export async function countsByProcess(clients: readonly HttpClient[]): Promise<number[]> {
  const pids = (await Promise.all(clients.map((client) => client.get()))).map(pidOf)
  const counts = new Map<number, number>()
  for (const pid of pids) counts.set(pid, (counts.get(pid) ?? 0) + 1)
  return [...counts.values()].sort((one, other) => other - one)
}
