import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import net from 'node:net'
import { describe, test } from 'node:test'
import { canReusePort, ratesBetween } from '@manifold/core/internal'
import type { MasterStatus, SocketStatus, Vitals } from '@manifold/groups'
import { HttpClient } from '../e2e/http-client.js'
import { fixture, Service, signal } from '../e2e/service.js'
import { once, until } from '../helpers/wait.js'

const host = '127.0.0.1'
const onLinux = { skip: process.platform !== 'linux' && 'only Linux tells what waits in the kernel' }
/** Whoever is stopped here is to stay silent without anybody acting on it. */
const unheard = { intervalMs: 20, timeoutMs: 60_000 }

/** Clients that nobody accepts, `count` for each address. */
async function connect(count: number, to: net.NetConnectOpts): Promise<Disposable> {
  const sockets = Array.from({ length: count }, () => net.connect(to).on('error', () => {}))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  return {
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function socketOf(service: Service, name = 'http'): Promise<SocketStatus> {
  return (await service.master.survey()).groups.web!.sockets[name]!
}

describe('what waits for a socket', onLinux, () => {
  for (const policy of canReusePort ? (['shared', 'kernel'] as const) : (['shared'] as const)) {
    for (const family of ['127.0.0.1', '::1']) {
      test(`in the kernel, on all sockets that share an address (${policy}, ${family})`, async () => {
        await using service = await Service.start({
          ...{ exec: fixture('apps/tcp-echo'), workers: 3, policy, heartbeat: unheard },
          listen: { http: { port: 0, host: family } },
        })
        assert.equal((await socketOf(service)).acceptQueue, 0)
        for (const { pid } of service.group.workers) signal(pid, 'SIGSTOP')
        using _ = await connect(8, { port: service.port, host: family })
        const { acceptQueue, receiveQueueBytes, waiting } = await socketOf(service)
        assert.deepEqual([acceptQueue, receiveQueueBytes, waiting], [8, null, 0])
        for (const { pid } of service.group.workers) signal(pid, 'SIGCONT')
        await until(async () => (await socketOf(service)).acceptQueue === 0, { what: 'an empty queue' })
      })
    }
  }

  test('in the master, where it accepts', async () => {
    await using service = await Service.start({
      ...{ exec: fixture('apps/tcp-echo'), policy: 'round-robin', heartbeat: unheard },
    })
    signal(service.group.workers[0]?.pid, 'SIGSTOP')
    using _ = await connect(20, { port: service.port, host })
    const waiting = () => service.master.status().groups.web!.sockets.http!.waiting
    // Some are on their way to the worker.
    await until(() => waiting() > 0, { what: 'connections that wait' })
    assert.ok(waiting() <= 20)
    signal(service.group.workers[0]?.pid, 'SIGCONT')
    await until(() => waiting() === 0, { what: 'the worker to take them' })
  })

  test('datagrams, and no number for a Unix socket', async () => {
    const listen = {
      ...{ tcp: { port: 0, host }, udp: { udp: 0, host } },
      unix: { path: `@manifold-status-${process.pid}` },
    }
    await using service = await Service.start({
      ...{ exec: fixture('listen/serve-declared'), listen, heartbeat: unheard },
    })
    assert.deepEqual((await socketOf(service, 'udp')).receiveQueueBytes, 0)
    signal(service.group.workers[0]?.pid, 'SIGSTOP')
    const client = dgram.createSocket('udp4')
    client.send(Buffer.alloc(100), (service.group.address('udp') as net.AddressInfo).port, host)
    await once(client, 'listening')
    await until(async () => (await socketOf(service, 'udp')).receiveQueueBytes! >= 100, {
      what: 'a datagram that waits',
    })
    client.close()
    const { acceptQueue, receiveQueueBytes } = await socketOf(service, 'unix')
    assert.deepEqual([acceptQueue, receiveQueueBytes], [null, null])
  })

  test('is not known of a socket on which nobody listens', async () => {
    await using service = await Service.start({ exec: fixture('apps/tcp-echo'), workers: 0 })
    assert.equal((await socketOf(service)).acceptQueue, null)
  })
})

test('a survey of many at a time is one', async () => {
  await using service = await Service.start({ exec: fixture('apps/tcp-echo') })
  const all = await Promise.all(Array.from({ length: 50 }, () => service.master.survey()))
  assert.equal(new Set(all.map(({ groups }) => groups.web!.sockets.http!.acceptQueue)).size, 1)
})

test('tells how workers are, and what they are given; as plain data', async () => {
  await using service = await Service.start({ exec: fixture('apps/http'), workers: 2, heartbeat: unheard })
  const { master } = service
  using client = await HttpClient.connect(service.port)
  const web = (): MasterStatus['groups'][string] => master.status().groups.web!
  await until(
    async () => {
      await client.get()
      return web().rates.requestsPerSecond > 0
    },
    { what: 'a rate', intervalMs: 5 },
  )
  const { slots, connections, rates } = web()
  assert.equal(connections, 1)
  const each = slots.map(({ worker }) => worker?.rates?.requestsPerSecond ?? 0)
  assert.ok(Math.abs(each[0]! + each[1]! - rates.requestsPerSecond) < 0.2)
  for (const { worker } of slots) assert.ok(worker!.vitals!.rssBytes > 1e6 && worker!.silentMs < 60_000)
  const { memory } = master.status()
  assert.ok(memory.rssBytes > memory.heapUsedBytes && memory.heapLimitBytes > memory.heapUsedBytes)
  await client.get()
  const status = await master.survey()
  assert.deepEqual(JSON.parse(JSON.stringify(status)), status)
})

test('rates of a worker that is silent for too long are none', async () => {
  const heartbeat = { intervalMs: 20, timeoutMs: 200 }
  await using service = await Service.start({ exec: fixture('apps/http'), workers: 1, heartbeat })
  const worker = () => service.master.status().groups.web!.slots[0]!.worker!
  await until(() => worker().rates, { what: 'rates' })
  const silent = once(service.master, 'silent')
  signal(worker().pid!, 'SIGSTOP')
  await silent
  const { rates, vitals, silentMs } = worker()
  assert.equal(rates, null)
  assert.ok(vitals && silentMs > heartbeat.timeoutMs)
})

test('the last exit of a slot is kept when the slot is served again', async () => {
  await using service = await Service.start({ exec: fixture('apps/http') })
  const [old] = service.group.workers
  signal(old?.pid, 'SIGKILL')
  await service.served([old?.pid])
  const { lastExit, restarts } = service.master.status().groups.web!.slots[0]!
  assert.deepEqual(
    [lastExit?.pid, lastExit?.reason, lastExit?.text, restarts],
    [old?.pid, { type: 'signaled', signal: 'SIGKILL', asked: false }, 'SIGKILL', 1],
  )
})

test('of a process that never was, the exit is plain data too', async () => {
  await using service = await Service.start({ exec: fixture('apps/http'), workers: 0 })
  const { master } = service
  const vacant = once(master, 'vacant').then(() => master.status())
  await assert.rejects(master.addGroup('nowhere', { exec: fixture('apps/http'), cwd: '/nowhere' }), {
    code: 'ERR_MANIFOLD_START',
  })
  const status = await vacant
  const { lastExit } = status.groups.nowhere!.slots[0]!
  assert.equal(lastExit?.reason.type, 'unspawned')
  assert.equal(lastExit.pid, null)
  assert.match(lastExit.text, /ENOENT/)
  const told = JSON.parse(JSON.stringify(lastExit))
  assert.match(told.reason.error.message, /ENOENT/)
})

test('rates are by the own time of the worker', () => {
  const vitals = { uptimeMs: 1_000, requests: 10, accepted: 4 } as Vitals
  const later = { ...vitals, uptimeMs: 1_500, requests: 30, accepted: 5 }
  assert.deepEqual(ratesBetween(vitals, later), { requestsPerSecond: 40, connectionsPerSecond: 2 })
  assert.equal(ratesBetween(vitals, vitals), undefined)
})
