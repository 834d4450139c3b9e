import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Vitals, Worker } from '@manifold/groups'
import { once } from '../helpers/wait.js'
import { askH2c } from './framework-clients.js'
import { HttpClient } from './http-client.js'
import { fixture, Service } from './service.js'

const BLOCK_MS = 300

const heartbeat = { intervalMs: 50, timeoutMs: 10_000 }

/** The next beat of which something is true. */
async function beat(service: Service, filter: (vitals: Vitals) => boolean = () => true): Promise<Vitals> {
  const [, vitals] = await once<[Worker, Vitals]>(service.master, 'beat', {
    filter: (_, told) => filter(told),
  })
  return vitals
}

test('a beat tells of connections and HTTP/1 requests', async () => {
  await using service = await Service.start({ exec: fixture('services/obedient-server'), heartbeat })
  using client = await HttpClient.connect(service.port)
  for (let n = 0; n < 3; n++) await client.get()
  const open = await beat(service, ({ requests }) => requests >= 3)
  assert.deepEqual([open.connections, open.accepted, open.requests], [1, 1, 3])
  client.destroy()
  const closed = await beat(service, ({ connections }) => connections === 0)
  assert.deepEqual([closed.accepted, closed.requests], [1, 3])
})

test('a server that closed and listens again has not forgotten what it served', async () => {
  await using service = await Service.start({
    exec: fixture('services/obedient-server'),
    heartbeat,
    workers: 2,
  })
  const worker = service.group.workers[0]!
  const ofWorker = async (filter: (vitals: Vitals) => boolean) => {
    await once<[Worker, Vitals]>(service.master, 'beat', {
      filter: ({ id }, told) => id === worker.id && filter(told),
    })
    return worker.vitals!
  }
  for (let n = 0; n < 50; n++) {
    using client = await HttpClient.connect(service.port)
    await client.get('/', 'close')
  }
  const { accepted, requests } = await ofWorker(({ connections }) => connections === 0)
  assert.ok(accepted > 0)
  await service.order(worker, { do: 'close' })
  await service.order(worker, { do: 'listen again' })
  const after = await ofWorker(({ uptimeMs }) => uptimeMs > 0)
  assert.ok(after.accepted >= accepted, `${after.accepted} of ${accepted}`)
  assert.ok(after.requests >= requests)
})

test('HTTP/2 streams are requests, counted once', async () => {
  await using service = await Service.start({ exec: fixture('apps/h2c'), heartbeat })
  await askH2c(service.port)
  await askH2c(service.port)
  const { requests, accepted } = await beat(service, (told) => told.accepted === 2)
  assert.deepEqual([requests, accepted], [2, 2])
})

test('a beat tells how late the event loop was, and how busy', async () => {
  await using service = await Service.start({ exec: fixture('services/obedient-server'), heartbeat })
  await beat(service)
  const late = beat(service, ({ delayMaxMs }) => delayMaxMs >= BLOCK_MS / 2)
  await service.order(service.group.workers[0]!, { do: 'block', ms: BLOCK_MS })
  const { delayMaxMs, delayP50Ms, delayP99Ms, utilization } = await late
  assert.ok(delayP50Ms <= delayP99Ms && delayP99Ms <= delayMaxMs * 1.01)
  assert.ok(utilization > 0.5 && utilization <= 1, String(utilization))
  const idle = await beat(service, (told) => told.delayMaxMs < BLOCK_MS / 2)
  assert.ok(idle.utilization < utilization)
})

test('a beat tells of memory and of an inspector', async () => {
  await using service = await Service.start({ exec: fixture('services/obedient-server'), heartbeat })
  const { rssBytes, heapUsedBytes, heapLimitBytes, inspected, uptimeMs } = await beat(service)
  assert.ok(heapUsedBytes > 1e6 && heapUsedBytes < rssBytes && rssBytes < 1e9)
  assert.ok(heapLimitBytes > heapUsedBytes)
  assert.ok(uptimeMs > 0)
  assert.equal(inspected, false)
})

test('an inspector shows', async () => {
  await using service = await Service.start({
    exec: fixture('services/obedient-server'),
    heartbeat,
    execArgv: ['--inspect=127.0.0.1:0'],
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  assert.equal((await beat(service)).inspected, true)
})

test('the worker has its vitals, and has been ready', async () => {
  await using service = await Service.start({ exec: fixture('services/obedient-server'), heartbeat })
  const [worker] = service.group.workers
  const vitals = await beat(service)
  assert.deepEqual(worker?.vitals, vitals)
  assert.equal(worker?.wasReady, true)
  assert.ok(worker.silentMs < heartbeat.timeoutMs)
})
