import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Worker } from '@manifold/groups'
import { socketsOf } from '../helpers/leaks.js'
import { until } from '../helpers/wait.js'
import { getOnce, HttpClient, pidOf } from './http-client.js'
import { countDescriptors, fixture, Service, signal } from './service.js'

const CLIENTS = 12

for (const serialization of ['json', 'advanced'] as const) {
  describe(`a connection that is handed over (${serialization})`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'handoff-'))
    const log = join(folder, 'accepted')
    let service: Service

    before(async () => {
      const exec = fixture('services/obedient-server')
      const env = { LOG: log }
      // A thread that starts meanwhile would open descriptors of its own.
      const group = { workers: 2, policy: 'round-robin', hangReport: false } as const
      service = await Service.start({ exec, ...group, serialization, env })
    })
    after(async () => {
      await service[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    })

    it('is served by the sibling when the worker is full', async () => {
      const { victim, sibling, assertNothingOpen } = await pair(service)
      const kept = await connectTo(service.port, victim)
      await service.order(victim, { do: 'limit', connections: 1 })
      for (const { pid } of await askAll(service.port)) assert.equal(pid, sibling.pid)
      await service.order(victim, { do: 'limit' })
      kept.destroy()
      await assertNothingOpen()
    })

    it('waits when all workers are full, and is served when one is not', async () => {
      const { victim, sibling, assertNothingOpen } = await pair(service)
      for (const worker of [victim, sibling]) await service.order(worker, { do: 'limit', connections: 1 })
      const kept = await Promise.all([HttpClient.connect(service.port), HttpClient.connect(service.port)])
      for (const client of kept) await client.get()
      const answers = askAll(service.port)
      const first = await Promise.race([answers, service.order(sibling, { do: 'block', ms: 100 })])
      assert.equal(first, undefined, 'nobody is served while both are full')
      for (const client of kept) client.destroy()
      assert.equal((await answers).length, CLIENTS)
      for (const worker of [victim, sibling]) await service.order(worker, { do: 'limit' })
      await assertNothingOpen()
    })

    it('is taken back from a worker that is stopped, which refuses it when it goes on', async () => {
      const { victim, sibling, assertNothingOpen } = await pair(service)
      signal(victim.pid, 'SIGSTOP')
      const answers = await askAll(service.port)
      for (const { pid } of answers) assert.equal(pid, sibling.pid)
      signal(victim.pid, 'SIGCONT')
      await served(service.port, victim)
      const accepted = readFileSync(log, 'utf8').split('\n')
      for (const { localPort } of answers) {
        const times = accepted.filter((line) => line.endsWith(` ${localPort}`)).length
        assert.equal(times, 1, 'each client is accepted once')
      }
      assert.ok(service.group.workers.includes(victim), 'it lives')
      await assertNothingOpen()
    })

    it('is served by the sibling when the worker has no descriptor left to receive it', async () => {
      const { victim, sibling, assertNothingOpen } = await pair(service)
      await service.order(victim, { do: 'fill descriptors' })
      for (const { pid } of await askAll(service.port)) assert.equal(pid, sibling.pid)
      await service.order(victim, { do: 'free descriptors' })
      await served(service.port, victim)
      await assertNothingOpen()
    })

    it('is served by others when the worker is killed before it reads', async () => {
      const { victim, assertNothingOpen } = await pair(service)
      signal(victim.pid, 'SIGSTOP')
      const sent = sentTo(victim)
      const answers = askAll(service.port)
      await sent
      signal(victim.pid, 'SIGKILL')
      for (const { pid } of await answers) assert.notEqual(pid, victim.pid)
      await service.served([victim.pid])
      await assertNothingOpen()
    })

    it('is served by the sibling when the server closes', async () => {
      const { victim, sibling, assertNothingOpen } = await pair(service)
      const before = askAll(service.port)
      const closed = service.order(victim, { do: 'close' })
      const meanwhile = askAll(service.port)
      assert.equal((await Promise.all([before, meanwhile])).flat().length, 2 * CLIENTS)
      await closed
      for (const { pid } of await askAll(service.port)) assert.equal(pid, sibling.pid)
      await assertNothingOpen()
    })
  })
}

describe('a connection that is handed over', () => {
  it('waits for a worker that has no descriptor left, and no sibling', async () => {
    await using service = await Service.start({
      exec: fixture('services/obedient-server'),
      policy: 'round-robin',
    })
    const [worker] = (await service.served()) as [Worker]
    await service.order(worker, { do: 'fill descriptors' })
    const sent = sentTo(worker)
    const answer = getOnce(service.port)
    await sent
    await service.order(worker, { do: 'free descriptors' })
    assert.equal((await answer).pid, worker.pid)
  })

  it('is taken once and for all by a worker that is busy from then on', async () => {
    // Longer than the lease and its margin.
    const env = { MS: '700' }
    const exec = fixture('services/blocks-on-connection')
    await using service = await Service.start({ exec, workers: 2, policy: 'round-robin', env })
    const workers = [...service.group.workers]
    const pids = workers.map(({ pid }) => pid!)
    const answers = await Promise.all(Array.from({ length: 4 }, () => readAll(service.port)))
    for (const answer of answers) assert.ok(pids.includes(Number(answer)), `answered: ${answer}`)
    assert.deepEqual(service.group.workers, workers)
  })

  it('finds somebody although all workers are slower than a lease is long', async () => {
    const exec = fixture('services/always-busy')
    const env = { MS: '600' }
    await using service = await Service.start({ exec, workers: 2, policy: 'round-robin', env })
    const workers = [...service.group.workers]
    const pids = workers.map(({ pid }) => pid!)
    const answers = await Promise.all(Array.from({ length: 4 }, () => readAll(service.port)))
    for (const answer of answers) assert.ok(pids.includes(Number(answer)), `answered: ${answer}`)
    assert.deepEqual(service.group.workers, workers)
  })

  it('is not taken by a worker whose word would come late', async () => {
    await using service = await Service.start({
      ...{ exec: fixture('services/says-much'), workers: 2, policy: 'round-robin' },
    })
    const workers = [...service.group.workers]
    const pids = workers.map(({ pid }) => pid!)
    await readAll(service.port)
    // Both are busy saying much from their first client on, and the master is busy reading.
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(Array.from({ length: 6 }, () => readAll(service.port)))
      for (const answer of answers) assert.ok(pids.includes(Number(answer)), `answered: ${answer}`)
    }
    assert.deepEqual(service.group.workers, workers)
  })

  it('is not taken back by a master that was busy itself, and late', async () => {
    await using service = await Service.start({
      ...{ exec: fixture('services/obedient-server'), workers: 2, policy: 'round-robin' },
    })
    const { victim, sibling } = await pair(service)
    const sent = Promise.race([sentTo(victim), sentTo(sibling)])
    const answers = askAll(service.port)
    await sent
    const end = performance.now() + 900
    while (performance.now() < end);
    assert.equal((await answers).length, CLIENTS)
    assert.deepEqual(await service.served(), [victim, sibling])
  })
})

interface Pair {
  victim: Worker
  sibling: Worker
  /** That the master and those of the two that live have as many descriptors as before. */
  assertNothingOpen(): Promise<void>
}

/** Two workers that both serve, and nothing else open. */
async function pair(service: Service): Promise<Pair> {
  const workers = (await service.served()) as [Worker, Worker]
  const [victim, sibling] = workers
  for (const worker of workers) await served(service.port, worker)
  const pids = [process.pid, victim.pid, sibling.pid]
  await until(() => !pids.some(hasConnection), { what: 'the end of the first connections' })
  const before = countDescriptors(pids)
  const assertNothingOpen = async () => {
    let now: number[] = []
    const same = () => {
      now = countDescriptors(pids)
      return now.every((count, index) => count === before[index] || count === 0)
    }
    await until(same, { what: () => `descriptors ${before} of ${pids}, they are ${now}` })
  }
  return { victim, sibling, assertNothingOpen }
}

/** A connection that this worker has. */
async function connectTo(port: number, { pid }: Worker): Promise<HttpClient> {
  return until(
    async () => {
      const client = await HttpClient.connect(port)
      if (pidOf(await client.get()) === pid) return client
      client.destroy()
      return undefined
    },
    { what: `a connection of process ${pid}` },
  ) as Promise<HttpClient>
}

/** Resolves when that worker has served somebody. */
async function served(port: number, { pid }: Worker): Promise<void> {
  await until(async () => (await getOnce(port)).pid === pid, { what: `an answer of process ${pid}` })
}

function hasConnection(pid: number | undefined): boolean {
  return socketsOf(pid).some(({ type, listening }) => type !== 'unix' && !listening)
}

function askAll(port: number) {
  return Promise.all(Array.from({ length: CLIENTS }, () => getOnce(port)))
}

/** Resolves when the next connection is sent to that worker, before it can have said what becomes of it. */
function sentTo(worker: Worker): Promise<void> {
  const { handoff } = worker as unknown as { handoff: { offer(...offer: unknown[]): void } }
  return new Promise((resolve) => {
    const { offer } = handoff
    handoff.offer = (...offered) => {
      handoff.offer = offer
      offer.apply(handoff, offered)
      resolve()
    }
  })
}

/** What a server sends on a new connection until it ends it. */
async function readAll(port: number): Promise<string> {
  const chunks: Buffer[] = []
  const socket = net.connect({ port, host: '127.0.0.1', signal: AbortSignal.timeout(15_000) })
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString().trim()
}
