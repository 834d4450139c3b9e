/** Two reloads under load: one to a release that works, and one to a release that fails its canary. */

import { formatExit, type ManifoldError, Master } from '@manifold/groups'
import { supervise } from '@manifold/health'
import { Load } from './load.js'

const CLIENTS = 8

// How long the first worker of a new release has to do well before the others follow.
const CANARY_MS = 1_000

const release = (number: number) => new URL(`./release-${number}.js`, import.meta.url)

const master = new Master({
  groups: { web: { exec: release(1), workers: 2, listen: { http: { port: 0, host: '127.0.0.1' } } } },
})
supervise(master)
master.stopOn('SIGINT', 'SIGTERM')
master.on('ready', ({ group, slot, pid }) => console.log(`  ready  ${group}/${slot}  pid ${pid}`))
master.on('exit', ({ group, slot, pid }, reason) => {
  console.log(`  exit   ${group}/${slot}  pid ${pid}  ${formatExit(reason)}`)
})
master.on('reloadAborted', ({ rolledBack }) => {
  console.log(`  rolled back: ${rolledBack.map((slot) => `web/${slot}`).join(', ')}`)
})

async function main(): Promise<void> {
  await master.start()
  const http = master.group('web').address('http')
  if (http.type !== 'tcp') throw new TypeError('Not a socket with a port')
  const load = new Load(`http://127.0.0.1:${http.port}/`, CLIENTS)
  try {
    console.log(`Release ${await load.releases(20)} serves ${CLIENTS} clients that never rest`)
    for (const next of [2, 3]) {
      console.log(`Reload to release ${next}: ${await reload(next)}`)
      console.log(`Release ${await load.releases(20)} serves`)
    }
  } finally {
    await load.stop()
  }
  const answers = [...load.answers].sort().map(([from, count]) => `${count} by release ${from}`)
  console.log(`Requests answered: ${answers.join(', ')}; failed: ${load.failures.length}`)
  for (const failure of new Set(load.failures)) console.log(`  ${failure}`)
  if (load.failures.length > 0) process.exitCode = 1
}

async function reload(next: number): Promise<string> {
  try {
    await master.group('web').reload({ exec: release(next), canaryMs: CANARY_MS })
    return 'done'
  } catch (error) {
    const { code, message } = error as ManifoldError
    return `aborted, ${code}: ${message}`
  }
}

try {
  await main()
} catch (error) {
  process.exitCode = 1
  console.error(`rolling-reload: ${(error as Error).message}`)
} finally {
  await master.stop()
}
