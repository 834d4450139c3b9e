import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { type Connection, Master, type PolicyMember } from '@manifold/groups'
import { assertNoLeaks, isAlive, snapshot } from '../helpers/leaks.js'
import { describeFailures, type FailureClass, LoadClient, summarize } from '../helpers/load-client.js'
import { once, until } from '../helpers/wait.js'
import { HttpClient, pidOf } from './http-client.js'
import { MasterProcess } from './master-process.js'
import { plainPolicies } from './policies.js'
import { fixture, Service, signal } from './service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const web = { exec: fixture('services/obedient-server'), workers: 2 }

/** Not accepted yet: a socket cannot be closed without what is in its queue. */
const AT_THE_DOOR: readonly FailureClass[] = ['refused', 'connect-error', 'reset-fresh']

async function refuses(port: number): Promise<boolean> {
  const code = await HttpClient.connect(port).then(
    (client) => client.destroy(),
    (error: NodeJS.ErrnoException) => error.code,
  )
  return code === 'ECONNREFUSED'
}

describe('stop()', { concurrency: 4 }, () => {
  for (const { name, policy, skip } of plainPolicies) {
    it(`${name}: answers under load what was accepted`, { skip }, async () => {
      await using master = await MasterProcess.start({ ...web, policy })
      // What is idle is closed soon after a stop: see the drain's own tests.
      await using load = new LoadClient({ target: { port: master.port }, rate: 100, keepAliveShare: 0 })
      await until(() => load.report().ok > 20, { what: 'first answers' })
      await master.stop()
      const report = await load.stop()
      const cut = report.failures.filter(({ class: kind }) => !AT_THE_DOOR.includes(kind))
      assert.equal(cut.length, 0, `${summarize(report)}\n${describeFailures(cut)}`)
      assert.ok(![...master.pids].some(isAlive))
    })

    it(`${name}: answers who waits in a queue of the kernel while all are busy`, { skip }, async () => {
      await using service = await Service.start({ ...web, policy })
      const blocked = [...service.group.workers].map((worker) =>
        service.order(worker, { do: 'block', ms: 200 }),
      )
      const clients = await Promise.all(Array.from({ length: 30 }, () => HttpClient.connect(service.port)))
      const answers = Promise.all(clients.map((client) => client.get('/', 'close')))
      const [answered] = await Promise.all([answers, service.master.stop(), ...blocked])
      assert.equal(answered.length, 30)
    })

    it(`${name}: refuses at once what comes then`, { skip }, async () => {
      await using service = await Service.start({ ...web, policy })
      const { port } = service
      using busy = await HttpClient.connect(port)
      const pid = pidOf(await busy.get())
      const holder = service.group.workers.find((worker) => worker.pid === pid)!
      const answer = busy.get('/half', 'close')
      await service.order(holder, { do: 'block', ms: 1 })
      const stopped = service.master.stop()
      await until(() => refuses(port), { what: 'a refusal', timeoutMs: 5_000 })
      holder.send({ do: 'let go' })
      assert.equal((await answer).body.toString(), 'one half\nthe other\n')
      await stopped
    })
  }

  it('answers also what waited in the master for a worker', async () => {
    const members: PolicyMember[] = []
    const waiting = new Set<number | undefined>()
    let hesitates = true
    const policy = {
      add: (member: PolicyMember) => void members.push(member),
      remove: (member: PolicyMember) => void members.splice(members.indexOf(member), 1),
      pick({ remotePort }: Connection) {
        waiting.add(remotePort)
        return hesitates ? undefined : members[0]
      },
    }
    await using service = await Service.start({ ...web, workers: 1, policy })
    const clients = await Promise.all(Array.from({ length: 20 }, () => HttpClient.connect(service.port)))
    const answers = Promise.all(clients.map((client) => client.get('/', 'close')))
    await until(() => waiting.size === clients.length, { what: 'all to be accepted' })
    hesitates = false
    await service.master.stop()
    assert.equal((await answers).length, clients.length)
  })

  it('is one stop, also for who hears of it', async () => {
    await using master = new Master({ groups: { web } })
    await master.start()
    const stops: Promise<unknown>[] = []
    master.on('draining', () => stops.push(master.stop(), master.removeGroup('web')))
    await master.stop()
    await Promise.all(stops)
    assert.equal(stops.length, 4)
  })

  it('is one stop, however often it is called', async () => {
    await using service = await Service.start(web)
    const stopped = service.master.stop()
    assert.equal(service.master.stop(), stopped)
    await stopped
    assert.equal(service.master.stop(), stopped)
    assert.equal(service.master.state, 'stopped')
  })

  for (const moment of ['at once', 'when a worker was forked', 'when a worker is online']) {
    it(`ends a start: ${moment}`, async () => {
      const listen = { one: { port: 0, host: 'localhost' }, two: 0, three: { port: 0, host: '127.0.0.1' } }
      const master = new Master({ groups: { web: { ...web, listen }, other: web } })
      const pids: (number | undefined)[] = []
      master.on('fork', ({ pid }) => pids.push(pid))
      const started = master.start()
      const failed = assert.rejects(started, /^(ManifoldError|StartError): /)
      if (moment !== 'at once') await once(master, moment === 'when a worker is online' ? 'online' : 'fork')
      await master.stop()
      await failed
      assert.equal(master.state, 'stopped')
      assert.ok(!pids.some((pid) => pid !== undefined && isAlive(pid)))
    })
  }

  it('waits no longer than it should for a worker that is stopped', async () => {
    await using service = await Service.start({ ...web, drainTimeoutMs: 300 })
    const [first] = service.group.workers
    signal(first!.pid, 'SIGSTOP')
    const exits: unknown[] = []
    service.master.on('exit', (_worker, { type }) => exits.push(type))
    await service.master.stop()
    assert.deepEqual(exits.toSorted(), ['exited', 'killed'])
  })

  it('is overtaken by destroy(), which waits for nobody', async () => {
    await using service = await Service.start({ ...web, drainTimeoutMs: 60_000 })
    using client = await HttpClient.connect(service.port)
    const failure = client.get('/held').catch(() => {})
    const stopped = service.master.stop()
    service.master.destroy()
    await Promise.all([stopped, failure])
    assert.ok(![...service.pids].some(isAlive))
  })
})
