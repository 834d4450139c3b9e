import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { until } from '../helpers/wait.js'
import { type Contestant, nodeVersion, selectContestants } from './contestants.js'
import { Peer } from './peer.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'
import { spreadOf } from './worker-counts.js'
import { CLIENT_HEADER, hasWrk, runWrk } from './wrk.js'

/**
 * How evenly few long-lived connections lie on the workers. They are opened while none of the workers has anything to
 * do but accept, each brings one request and stays; then `wrk`, where there is one, says what as many carry.
 */
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    workers: { type: 'string', default: '4' },
    connections: { type: 'string', default: '8,64,512' },
    tries: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    /** Between two tries, in ms: so that they are not one rush of short connections. */
    pause: { type: 'string', default: '2000' },
    /** How many are on their way to being accepted at a time. */
    opening: { type: 'string', default: '8' },
    only: {
      type: 'string',
      default: 'cluster,cluster-none,kernel,shared,round-robin,least-connections,sticky,sticky-address',
    },
  },
})
const workers = Number(values.workers)
const withWrk = hasWrk() && Number(values.rounds) > 0

interface Result {
  /** Of each try: connections of the busiest and of the idlest worker, by the mean. */
  most: number[]
  least: number[]
  perSecond: number[]
  /** Busiest by idlest worker, in wrk's own connections. */
  wrkSpread: number[]
  errors: number
}

const chosen = selectContestants(values.only.split(','), values.node)
const numbers = values.connections.split(',').map(Number)
const results = new Map<Contestant, Map<number, Result>>()

for (const contestant of chosen) {
  results.set(contestant, new Map())
  await using peer = await Peer.start(contestant, { node: values.node, workers, app: 'counting.js' })
  for (const connections of numbers) {
    const result: Result = { most: [], least: [], perSecond: [], wrkSpread: [], errors: 0 }
    results.get(contestant)!.set(connections, result)
    for (let n = 1; n <= Number(values.tries); n++) {
      await sleep(Number(values.pause))
      progress(`${contestant.name}, ${connections} connections: try ${n}/${values.tries}`)
      const { most, least } = await attempt(peer, connections)
      result.most.push(most)
      result.least.push(least)
    }
  }
}

if (withWrk) await throughput()
progress()

console.log(
  `Node ${nodeVersion(values.node)}, ${workers} workers, ${values.tries} tries; means, below them min–max of the tries.`,
)
console.log('"most" and "least": connections of the busiest and of the idlest worker, by the mean of all\n')
for (const connections of numbers) {
  console.log(`${connections} connections\n${format(connections)}\n`)
}

/** All are started before any is measured, and take turns: what changes on the machine falls on all alike. */
async function throughput(): Promise<void> {
  const peers: Peer[] = []
  try {
    for (const contestant of chosen) {
      peers.push(await Peer.start(contestant, { node: values.node, workers, app: 'counting.js' }))
    }
    for (const connections of numbers) {
      for (let round = 0; round <= Number(values.rounds); round++) {
        for (const peer of peers) {
          progress(
            `wrk, ${connections} connections, round ${round}/${values.rounds}: ${peer.contestant.name}`,
          )
          const before = await peer.counts()
          const seconds = round === 0 ? 1 : Number(values.seconds)
          const run = { port: peer.port, seconds, connections, threads: 1, close: false }
          const { perSecond, errors } = await runWrk(run)
          if (round === 0) continue // compiles the hot code; not counted
          const result = results.get(peer.contestant)!.get(connections)!
          result.perSecond.push(perSecond)
          result.wrkSpread.push(spreadOf(before, await peer.counts()))
          result.errors += errors
        }
      }
    }
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()))
  }
}

async function attempt(peer: Peer, connections: number): Promise<{ most: number; least: number }> {
  const sockets: net.Socket[] = []
  const perWorker = new Map(peer.pids.map((pid) => [pid, 0]))
  const open = async () => {
    while (sockets.length < connections) {
      const socket = net.connect({
        port: peer.port,
        host: '127.0.0.1',
        localAddress: addressOf(sockets.length),
      })
      sockets.push(socket)
      socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${CLIENT_HEADER}: ${sockets.length}\r\n\r\n`)
      const [answer] = (await once(socket, 'data')) as [Buffer]
      const pid = Number(/x-pid: (\d+)/i.exec(answer.toString('latin1'))?.[1])
      if (!perWorker.has(pid)) throw new Error(`${peer.contestant.name}: an answer of an unknown worker`)
      perWorker.set(pid, perWorker.get(pid)! + 1)
    }
  }
  await Promise.all(Array.from({ length: Number(values.opening) }, open))
  const counts = [...perWorker.values()]
  for (const socket of sockets) socket.destroy()
  await until(() => sockets.every((socket) => socket.closed), { what: 'the end of the connections' })
  // The workers see it a moment later, and what is told of their loads later yet.
  await new Promise((resolve) => setTimeout(resolve, 200))
  const mean = connections / counts.length
  return { most: Math.max(...counts) / mean, least: Math.min(...counts) / mean }
}

/** Each is a client of its own, also where clients are told apart by their addresses. */
function addressOf(index: number): string {
  return `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`
}

function format(connections: number): string {
  const rows = chosen.flatMap((contestant) => {
    const { most, least, perSecond, wrkSpread, errors } = results.get(contestant)!.get(connections)!
    const own = [
      [mean(most).toFixed(2), mean(least).toFixed(2)],
      [range(most, 2), range(least, 2)],
    ]
    if (!withWrk)
      return [
        [contestant.name, ...own[0]!],
        ['', ...own[1]!],
      ]
    const load = [median(perSecond).toFixed(0), median(wrkSpread).toFixed(2), String(errors)]
    return [
      [contestant.name, ...own[0]!, ...load],
      ['', ...own[1]!, range(perSecond), range(wrkSpread, 2), ''],
    ]
  })
  const wrk = withWrk ? ['requests/s', 'spread of wrk', 'errors'] : []
  return table(['', 'most', 'least', ...wrk], rows)
}

function mean(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
