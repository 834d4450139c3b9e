import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { GroupOptions, MasterEvents, StartError, Worker } from '@manifold/groups'
import { temporaryDirectory } from '../helpers/fixture.js'
import { assertNoLeaks, isAlive, snapshot } from '../helpers/leaks.js'
import { LoadClient } from '../helpers/load-client.js'
import { once, until } from '../helpers/wait.js'
import { askUdp } from './framework-clients.js'
import { HttpClient } from './http-client.js'
import { assertOnlyKilled, type Kill, someAnswers } from './losses.js'
import { policies } from './policies.js'
import { fixture, Service, signal } from './service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

/** How fast it is is measured elsewhere; that of a machine that is busy says nothing. */
const PATIENCE_MS = 15_000

const web: GroupOptions = { exec: fixture('services/tells-slot'), standby: 1 }

function standing(service: Service): Worker[] {
  return service.group.workers.filter(({ slot, state }) => slot === -1 && state === 'waiting')
}

/** So many stand by. */
async function stand(service: Service, count = 1): Promise<Worker[]> {
  await until(() => standing(service).length === count, {
    what: () => `${count} workers to stand by: ${JSON.stringify(service.group.status())}`,
    timeoutMs: 30_000,
    intervalMs: 5,
  })
  return standing(service)
}

/** The first slot is served by another worker. */
async function killed(service: Service): Promise<void> {
  const pid = service.serving(0)?.pid
  signal(pid, 'SIGKILL')
  await service.served([pid])
}

async function ask(service: Service) {
  using client = await HttpClient.connect(service.port)
  return JSON.parse((await client.get('/', 'close')).body.toString())
}

describe('under load, a worker that is killed is followed by the one that stands by', {
  concurrency: 2,
}, () => {
  for (const { name, policy, skip } of policies) {
    it(name, { skip }, async () => {
      const exec = fixture('services/obedient-server')
      await using service = await Service.start({ exec, workers: 3, standby: 1, policy })
      const target = { port: service.port }
      await using load = new LoadClient({ target, rate: 50, sources: 25, timeoutMs: PATIENCE_MS })
      const kills: Kill[] = []
      for (let slot = 0; slot < 3; slot++) {
        const [standby] = await stand(service)
        await someAnswers(load)
        const { pid } = service.serving(slot)!
        kills.push({ pid: pid!, atMs: load.report().durationMs })
        signal(pid, 'SIGKILL')
        await service.served(kills.map((kill) => kill.pid))
        assert.deepEqual([standby?.slot, service.serving(slot)?.pid], [slot, standby?.pid])
      }
      await stand(service)
      await someAnswers(load)
      assertOnlyKilled(await load.stop(), kills, PATIENCE_MS)
    })
  }
})

describe('standby', { concurrency: 2 }, () => {
  it('is told in this order', async () => {
    await using service = await Service.start(web)
    const { master, group } = service
    const [standby] = await stand(service)
    const told: string[] = []
    for (const event of ['fork', 'online', 'standby', 'promoted', 'ready', 'standbyVacant'] as const) {
      master.on(event, (about: Worker | { worker: Worker }) => {
        const { id, slot } = 'worker' in about ? about.worker : about
        told.push(`${event} ${id} ${slot}`)
      })
    }
    assert.deepEqual(
      group.status().standby.map(({ id, pid, state }) => ({ id, pid, state })),
      [{ id: 2, pid: standby!.pid, state: 'waiting' }],
    )
    signal(service.serving(0)?.pid, 'SIGKILL')
    await once(master, 'standby')
    assert.deepEqual(told, ['promoted 2 0', 'ready 2 0', 'fork 3 -1', 'online 3 -1', 'standby 3 -1'])
    assert.deepEqual(await ask(service), { atLoad: -1, promoted: [0], atListening: 0, now: 0 })
    assert.equal(master.status().groups.web?.slots[0]?.restarts, 1)
  })

  it('runs new code after a reload of the same program, and serves in it', async (t) => {
    const file = path.join(temporaryDirectory(t), 'program.mjs')
    const program = (version: number) => `
      import http from 'node:http'
      http.createServer((_, response) => response.end('${version}')).listen(0)`
    writeFileSync(file, program(1))
    await using service = await Service.start({ exec: pathToFileURL(file), workers: 3, standby: 1 })
    const [former] = await stand(service)
    assert.equal(await ask(service), 1)
    writeFileSync(file, program(2))
    const promoted: (number | undefined)[] = []
    service.master.on('promoted', ({ slot }) => promoted.push(slot))
    await service.group.reload()
    await stand(service)
    assert.deepEqual([promoted, former?.state], [[1, 2], 'exited'])
    for (const worker of service.group.workers.slice(0, 3)) signal(worker.pid, 'SIGKILL')
    await service.served(service.group.workers.slice(0, 3).map(({ pid }) => pid))
    for (let count = 0; count < 10; count++) assert.equal(await ask(service), 2)
  })

  it('has waited by the time that a canary has proven itself', async () => {
    await using service = await Service.start({ ...web, workers: 2 })
    await stand(service)
    const reloaded = service.group.reload({ env: { RELEASE: 'next' }, canaryMs: 60_000 })
    const [fresh] = await once<MasterEvents['standby']>(service.master, 'standby')
    assert.equal(fresh.state, 'waiting')
    // A reload that goes no further leaves one of the former release.
    signal(service.serving(0)?.pid, 'SIGKILL')
    await assert.rejects(reloaded, { code: 'ERR_MANIFOLD_CANARY' })
    await service.served()
    const [last] = await stand(service)
    assert.notEqual(last?.id, fresh.id)
  })

  it('is used as slots are added', async () => {
    await using service = await Service.start({ ...web, standby: 2 })
    const ready = await stand(service, 2)
    await service.group.scale(4)
    assert.deepEqual(
      ready.map(({ slot }) => slot),
      [1, 2],
    )
    assert.deepEqual(
      service.group.workers.slice(0, 4).map(({ slot, state }) => `${slot} ${state}`),
      ['0 ready', '1 ready', '2 ready', '3 ready'],
    )
    await stand(service, 2)
    await service.group.scale(1)
    await stand(service, 2)
  })

  it('that does not come up does not disturb those that serve', async () => {
    await using service = await Service.start({ ...web, env: { FAIL: 'standby' } })
    const [{ group, worker, error }] = await once<MasterEvents['standbyVacant']>(
      service.master,
      'standbyVacant',
    )
    assert.deepEqual([group, worker.slot, worker.wasReady], ['web', -1, false])
    assert.match(
      error.message,
      /standing by \(pid \d+\) ended before it was ready: exit code 1\n(?:.*\n)*.*it does not like to stand by/,
    )
    await assert.rejects(service.group.replenish(), ({ failure }: StartError) => failure.slot === -1)
    await killed(service)
    assert.equal((await ask(service)).atLoad, 0)
  })

  it('that is killed is missed until it is replenished', async () => {
    await using service = await Service.start({ ...web, standby: 2 })
    const [first, second] = await stand(service, 2)
    const vacant = once<MasterEvents['standbyVacant']>(service.master, 'standbyVacant')
    signal(first?.pid, 'SIGKILL')
    const [{ worker }] = await vacant
    assert.equal(worker.id, first?.id)
    assert.deepEqual(standing(service), [second])
    await service.group.replenish()
    assert.equal(standing(service).length, 2)
  })

  it('that dies as it is promoted leaves a slot that is filled as any other', async () => {
    await using service = await Service.start({ ...web, workers: 2 })
    const [standby] = await stand(service)
    const dead = service.serving(1)?.pid
    service.master.once('promoted', ({ pid }) => signal(pid, 'SIGKILL'))
    signal(dead, 'SIGKILL')
    await service.served([dead, standby?.pid])
    await stand(service)
    assert.equal((await ask(service)).now >= 0, true)
  })

  it('that hangs gets no slot', async () => {
    await using service = await Service.start({ ...web, heartbeat: { intervalMs: 50, timeoutMs: 200 } })
    const [standby] = await stand(service)
    signal(standby?.pid, 'SIGSTOP')
    await until(() => standby!.silentMs > 200, { what: 'silence' })
    await killed(service)
    assert.deepEqual([standby?.slot, (await ask(service)).atLoad], [-1, 0])
    signal(standby?.pid, 'SIGCONT')
  })

  it('that hangs makes room for another, before it is needed', async () => {
    const heartbeat = { intervalMs: 50, timeoutMs: 250 }
    const judgement = { termAfterMs: 600, killAfterMs: 1_100 }
    const group: GroupOptions = { ...web, heartbeat }
    await using service = await Service.start(group, { heartbeat: judgement })
    const [stuck] = await stand(service)
    signal(stuck?.pid, 'SIGSTOP')
    await until(() => stuck?.state === 'exited', { what: 'the end of one that hangs', timeoutMs: 30_000 })
    const [fit] = await stand(service)
    assert.notEqual(fit?.id, stuck?.id)
  })

  it('has UDP sockets, too, only when it has a slot', async () => {
    const udp = { exec: fixture('apps/udp-echo'), listen: { it: { udp: 0, host: '127.0.0.1' } }, standby: 1 }
    await using service = await Service.start(udp)
    const [standby] = await stand(service)
    const address = service.group.address('it')
    const port = 'port' in address ? address.port : 0
    const { pid } = service.serving(0)!
    for (let count = 0; count < 10; count++) assert.equal((await askUdp(port)).pid, pid)
    signal(pid, 'SIGKILL')
    await service.served([pid])
    assert.equal((await askUdp(port)).pid, standby?.pid)
  })

  it('hears broadcasts, answers calls of its slot once it has one, and calls others before', async () => {
    await using service = await Service.start({
      ...{ exec: fixture('services/stands-and-talks'), ready: 'manual', standby: 1 },
    })
    const { master, group } = service
    const news = once<MasterEvents['message']>(master, 'message', { filter: ({ slot }) => slot === -1 })
    const [standby] = await stand(service)
    const [, asked] = await news
    assert.deepEqual(asked, { answer: 'of slot 0', asker: -1 })
    const heard = once<MasterEvents['message']>(master, 'message', { filter: ({ slot }) => slot === -1 })
    assert.deepEqual(group.broadcast('news', 1), { sent: 2, skipped: 0 })
    assert.deepEqual((await heard)[1], { heard: 1 })
    await killed(service)
    assert.deepEqual(await group.call('who', null, { slot: 0 }), { pid: standby?.pid, slot: 0, from: 0 })
    // What it asks by a link from now on, it asks as who it is.
    assert.deepEqual(await group.call('ask', null), { pid: standby?.pid, slot: 0, from: 0 })
  })
})

describe('with standby, nothing is left behind by a stop', { concurrency: 2 }, () => {
  const phases = {
    'as one is started': async () => {},
    'as one loads': (service) => once(service.master, 'online'),
    'as one waits': (service) => stand(service),
    async 'as one is promoted'(service) {
      await stand(service)
      const promoted = once(service.master, 'promoted')
      signal(service.serving(0)?.pid, 'SIGKILL')
      await promoted
    },
    async 'as one is dead'(service) {
      const [standby] = await stand(service)
      signal(standby?.pid, 'SIGKILL')
      await until(() => !isAlive(standby!.pid!), { what: 'its death', intervalMs: 1 })
    },
    async 'as a reload begins'(service) {
      await stand(service)
      service.group.reload().catch(({ code }) => assert.equal(code, 'ERR_MANIFOLD_STOPPED'))
      await once(service.master, 'fork')
    },
    async 'as one is replenished'(service) {
      const [standby] = await stand(service)
      const vacant = once(service.master, 'standbyVacant')
      signal(standby?.pid, 'SIGKILL')
      await vacant
      service.group.replenish().catch(({ code }) => assert.equal(code, 'ERR_MANIFOLD_STOPPED'))
    },
  } satisfies Record<string, (service: Service) => Promise<unknown>>
  const ways = {
    stop: ({ master }) => master.stop(),
    async destroy({ master }) {
      master.destroy()
      await master.stop()
    },
    removeGroup: ({ master }) => master.removeGroup('web'),
  } satisfies Record<string, (service: Service) => Promise<unknown>>
  for (const [phase, reach] of Object.entries(phases)) {
    for (const [how, end] of Object.entries(ways)) {
      it(`${phase}: ${how}`, async () => {
        const slow = { ...web, env: { LOAD_MS: phase === 'as one loads' ? '60000' : '0' } }
        // The first has to come up; it is only later that loading takes for ever.
        await using service = await Service.start({
          ...web,
          workers: phase === 'as one loads' ? 0 : 2,
          ...slow,
        })
        await reach(service)
        const startedAt = performance.now()
        const { group, master } = service
        await end(service)
        assert.deepEqual(group.workers, [])
        assert.deepEqual([...service.pids].filter(isAlive), [])
        assert.ok(performance.now() - startedAt < 10_000)
        if (how !== 'removeGroup') assert.equal(master.state, 'stopped')
        await assert.rejects(group.replenish(), { code: 'ERR_MANIFOLD_STOPPED' })
      })
    }
  }
})
