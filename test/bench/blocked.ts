import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Master, type PolicyOption } from '@manifold/groups'
import { once } from '../helpers/wait.js'
import { Asking } from './ask.js'
import { median, range, table } from './statistics.js'

/**
 * How long new connections wait while one worker of four is blocked for ten seconds. One that comes for it waits until it
 * is known that it says nothing; who comes after that notices nothing. What it had accepted before, it has.
 */
const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '3' },
    rate: { type: 'string', default: '200' },
    'block-ms': { type: 'string', default: '10000' },
    policies: { type: 'string', default: 'kernel,shared,round-robin,least-connections,sticky' },
  },
})
const blockMs = Number(values['block-ms'])

const rows: string[][] = []
for (const policy of values.policies.split(',')) {
  const all: Observation[] = []
  for (let times = 0; times < Number(values.times); times++) all.push(await observe(policy as PolicyOption))
  const show = (samples: number[]) => `${median(samples).toFixed(0)} (${range(samples)})`
  const numberOf = (count: (one: Observation) => number) => all.reduce((sum, one) => sum + count(one), 0)
  rows.push([
    policy,
    show(all.map(({ detectedMs }) => detectedMs)),
    show(all.map(({ freeMs }) => Math.max(...freeMs))),
    String(numberOf(({ insideMs }) => insideMs.length)),
    `${numberOf(({ failed }) => failed)} of ${numberOf(({ freeMs, insideMs }) => freeMs.length + insideMs.length)}`,
  ])
}
console.log(`Node ${process.versions.node}, 4 workers, ${values.rate} new connections/s`)
console.log(`one worker is blocked for ${blockMs} ms, ${values.times} times`)
console.log(
  table(['policy', 'noticed after, ms', 'longest wait, ms', 'were inside the blocked one', 'failed'], rows),
)

interface Observation {
  detectedMs: number
  /** What connections waited that somebody else could serve, and what those waited that the blocked worker had. */
  freeMs: number[]
  insideMs: number[]
  failed: number
}

async function observe(policy: PolicyOption): Promise<Observation> {
  const exec = new URL('../fixtures/services/obedient-server.js', import.meta.url)
  const listen = { http: { port: 0, host: '127.0.0.1' } }
  await using master = new Master({ groups: { web: { exec, workers: 4, policy, listen } } })
  await master.start()
  const address = master.group('web').address('http')
  const clients = new Asking('port' in address ? address.port : 0, Number(values.rate), 2 * blockMs)
  await sleep(1_000)
  const [victim] = master.group('web').workers
  const startedAt = performance.now()
  const silent = once(master, 'silent', { timeoutMs: blockMs })
  victim!.send({ do: 'block', ms: blockMs })
  await silent
  const detectedMs = performance.now() - startedAt
  await once(master, 'heard', { timeoutMs: 2 * blockMs })
  const { answered: served, failed } = await clients.end()
  // Whom the blocked worker answers as it goes on, it had; everybody else was free to go to a sibling.
  const inside = served.filter(({ pid, waitedMs }) => pid === victim!.pid && waitedMs > detectedMs)
  return {
    detectedMs,
    freeMs: served.filter((one) => !inside.includes(one)).map(({ waitedMs }) => waitedMs),
    insideMs: inside.map(({ waitedMs }) => waitedMs),
    failed,
  }
}
