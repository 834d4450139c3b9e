import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { ManifoldError, MasterEvents, StartError } from '@manifold/groups'
import { assertNoLeaks, isAlive, snapshot } from '../helpers/leaks.js'
import { once, until } from '../helpers/wait.js'
import { getOnce, HttpClient, pidOf } from './http-client.js'
import { fixture, Service, signal } from './service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const web = { exec: fixture('services/obedient-server'), workers: 2, keepAliveGraceMs: 500 }
const broken = { exec: fixture('workers/kill-itself'), args: ['SIGKILL'] }

function pidsOf(service: Service): number[] {
  return service.group.workers.map(({ pid }) => pid!)
}

/** The next worker that is ready is of the new release. */
function canary(service: Service): Promise<MasterEvents['ready']> {
  return once<MasterEvents['ready']>(service.master, 'ready')
}

describe('a reload', { concurrency: 3 }, () => {
  it('brings a new release, which is the group’s own from then on', async () => {
    await using service = await Service.start({ ...web, args: ['one'], env: { KEEP_ALIVE_MS: '100' } })
    const exec = fixture('services/reports-release')
    await service.group.reload({ exec, args: ['two', 'three'], env: { RELEASE: 'next' } })
    const release = { args: ['two', 'three'], release: 'next' }
    const told = async (pid: number) => {
      using client = await HttpClient.connect(service.port)
      const answer = await client.get('/', 'close')
      assert.deepEqual(JSON.parse(answer.body.toString()), release)
      return pidOf(answer) === pid
    }
    const [first] = pidsOf(service)
    await until(() => told(first!), { what: 'an answer of the first worker' })
    signal(first, 'SIGKILL')
    const [successor] = await service.served([first])
    await until(() => told(successor!.pid!), { what: 'an answer of its successor' })
  })

  it('without surge ends the old worker first, while a sibling serves', async () => {
    await using service = await Service.start(web)
    const order: string[] = []
    service.master.on('exit', ({ id }) => order.push(`exit ${id}`))
    service.master.on('fork', ({ id }) => order.push(`fork ${id}`))
    const reloaded = service.group.reload({ surge: false })
    let over = false
    void reloaded.finally(() => {
      over = true
    })
    while (!over) await getOnce(service.port)
    await reloaded
    assert.deepEqual(order, ['exit 1', 'fork 3', 'exit 2', 'fork 4'])
  })

  it('of one group does not wait for that of another', async () => {
    await using service = await Service.start(web)
    const listen = { http: { port: 0, host: '127.0.0.1' } }
    const other = await service.master.addGroup('other', { ...web, listen })
    const order: string[] = []
    service.master.on('fork', ({ group, slot }) => order.push(`${group}/${slot}`))
    service.master.on('reload', ({ group }) => order.push(`${group} is done`))
    await Promise.all([service.group.reload(), other.reload()])
    assert.deepEqual(order.slice(0, 2), ['web/0', 'other/0'])
    assert.deepEqual(order.slice(-2).sort(), ['other is done', 'web is done'])
  })

  it('whose canary is killed is rolled back', async () => {
    await using service = await Service.start(web)
    const [first, second] = pidsOf(service)
    const ready = canary(service)
    const aborted = once<MasterEvents['reloadAborted']>(service.master, 'reloadAborted')
    const exec = fixture('services/reports-release')
    const reloaded = assert.rejects(
      service.group.reload({ exec, canaryMs: 60_000 }),
      (error: ManifoldError) => {
        assert.equal(error.code, 'ERR_MANIFOLD_CANARY')
        assert.match(error.message, /slot 0 .* SIGKILL$/)
        assert.deepEqual(error.cause, { type: 'signaled', signal: 'SIGKILL', asked: false })
        return true
      },
    )
    const [{ pid }] = await ready
    await until(async () => (await getOnce(service.port)).pid === pid, { what: 'an answer of the canary' })
    signal(pid, 'SIGKILL')
    await reloaded
    const [{ group, rolledBack }] = await aborted
    assert.deepEqual([group, rolledBack], ['web', [0]])
    const [now, same] = await service.served([first])
    assert.deepEqual([now?.slot, same?.pid], [0, second])
    assert.notEqual(now?.pid, pid)
    for (let request = 0; request < 8; request++) {
      using client = await HttpClient.connect(service.port)
      assert.equal((await client.get('/', 'close')).body.toString(), 'done\n')
    }
  })

  it('whose successor is never ready ends after its time, the old workers go on', async () => {
    await using service = await Service.start({ ...web, readyTimeoutMs: 3_000 })
    const old = pidsOf(service)
    const exec = fixture('workers/never-ready')
    await assert.rejects(service.group.reload({ exec, batch: 2 }), (error: StartError) => {
      assert.equal(error.code, 'ERR_MANIFOLD_READY_TIMEOUT')
      return true
    })
    assert.deepEqual(
      (await service.served()).map(({ pid }) => pid),
      old,
    )
  })

  it('that is aborted twenty times leaves no process', async () => {
    await using service = await Service.start(web)
    const old = pidsOf(service)
    for (let count = 0; count < 20; count++) {
      await assert.rejects(service.group.reload(broken), { code: 'ERR_MANIFOLD_START' })
    }
    assert.deepEqual(pidsOf(service), old)
    await until(() => [...service.pids].filter(isAlive).length === 2, { what: 'the end of the others' })
    assert.equal(service.pids.size, 22)
  })

  it('is ended by a stop in the canary’s pause', async () => {
    await using service = await Service.start(web)
    const ready = canary(service)
    const reloaded = assert.rejects(service.group.reload({ canaryMs: 60_000 }), {
      code: 'ERR_MANIFOLD_STOPPED',
    })
    await ready
    await Promise.all([reloaded, service.master.stop()])
    assert.deepEqual([...service.pids].filter(isAlive), [])
  })

  it('goes on while the group is scaled', async () => {
    await using service = await Service.start(web)
    const ready = canary(service)
    const exec = fixture('services/reports-release')
    const reloaded = service.group.reload({ exec, canaryMs: 300 })
    await ready
    await Promise.all([service.group.scale(3), reloaded])
    for (let request = 0; request < 8; request++) {
      using client = await HttpClient.connect(service.port)
      assert.match((await client.get('/', 'close')).body.toString(), /"args":\[\]/)
    }
    assert.equal((await service.served()).length, 3)
  })
})

describe('scaling', { concurrency: 3 }, () => {
  for (const policy of ['auto', 'shared', 'round-robin'] as const) {
    it(`${policy}: to none and back keeps who comes waiting`, async () => {
      await using service = await Service.start({ ...web, workers: 1, policy })
      await service.group.scale(4)
      await service.group.scale(1)
      await getOnce(service.port)
      await service.group.scale(0)
      const waiting = [getOnce(service.port), getOnce(service.port)]
      using client = await HttpClient.connect(service.port)
      await service.group.scale(2)
      const [one, other] = await Promise.all(waiting)
      const pids = pidsOf(service)
      assert.ok(pids.includes(one!.pid) && pids.includes(other!.pid))
      assert.ok(pids.includes(pidOf(await client.get())))
    })
  }
})
