/** The group `ingest`: StatsD over UDP and TCP, added up, written to the console, and sent to the group `store`. */

import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { performance } from 'node:perf_hooks'
import { worker } from '@manifold/core/worker'
import './requests.js'
import { Aggregate } from './statsd/aggregate.js'
import { formatSnapshot } from './statsd/format.js'
import { splitLines } from './statsd/lines.js'
import { parseLine } from './statsd/parse.js'
import { StatsdTcpServer } from './statsd/tcp-server.js'
import type { Batch } from './store/messages.js'
import { Outbox } from './store/outbox.js'

// How long a connected client may take to hang up once it was told that this worker goes.
const GOODBYE_MS = 1_000

// A store that is this late gets the same batch again, which it takes only once.
const STORE_TIMEOUT_MS = 2_000

// How many intervals may wait for a store that is away.
const MAX_UNSENT = 100

const flushMs = Number(process.env.FLUSH_MS ?? 5_000)
const who = `${worker.group}/${worker.slot}`
const aggregate = new Aggregate()
const outbox = new Outbox(
  (batch: Batch) => worker.call('store', 'add', batch, { timeoutMs: STORE_TIMEOUT_MS }),
  MAX_UNSENT,
)
let flushedAt = performance.now()
let sequence = 0
let lost = 0

function take(line: string): void {
  const parsed = parseLine(line)
  if (parsed.ok) aggregate.add(parsed.sample)
  else aggregate.addMalformed(parsed.reason)
}

function flush(): void {
  const now = performance.now()
  const snapshot = aggregate.flush()
  const lines = formatSnapshot(who, snapshot, now - flushedAt)
  flushedAt = now
  if (lines.length > 0) outbox.put({ source: worker.id, sequence: ++sequence, snapshot })
  if (outbox.lost > lost)
    lines.push(`${who}  reports that the store did not get in time: ${outbox.lost - lost}`)
  lost = outbox.lost
  void outbox.send()
  // In one write, so that the lines of two workers do not get mixed.
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
}

const udpAddress = worker.socket('udp')
const udp = createSocket(isIPv6(udpAddress.address) ? 'udp6' : 'udp4')
udp.on('message', (datagram) => splitLines(datagram.toString()).forEach(take))
udp.bind(udpAddress)

const tcp = new StatsdTcpServer(take)
tcp.server.listen(worker.socket('tcp'))

const timer = setInterval(flush, flushMs)

worker.on('drain', ({ waitUntil }) => waitUntil(finish()))

async function finish(): Promise<void> {
  clearInterval(timer)
  await tcp.end(GOODBYE_MS)
  flush()
  await outbox.send()
}
