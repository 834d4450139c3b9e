import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Worker } from '@manifold/groups'
import type { Judgement, JudgementOptions } from '@manifold/health'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { once, until } from '../../helpers/wait.js'
import { getOnce } from '../http-client.js'
import { MasterProcess } from '../master-process.js'
import { fixture, Service, signal } from '../service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const exec = fixture('services/mortal-server')
const QUICK: JudgementOptions = { termAfterMs: 600, killAfterMs: 1_100 }
const heartbeat = { intervalMs: 50, timeoutMs: 250 }

async function start(judgement: JudgementOptions = QUICK) {
  const service = await Service.start({ exec, workers: 3, heartbeat }, { heartbeat: judgement })
  const steps: { step: string; judgement: Judgement }[] = []
  for (const step of ['terminating', 'killing'] as const) {
    service.supervisor.on(step, (judgement) => steps.push({ step, judgement }))
  }
  return { service, steps, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
}

describe('a worker that says nothing any more', { concurrency: 2 }, () => {
  test('in an endless loop is killed and succeeded, while its siblings serve', async () => {
    await using started = await start()
    const { service, steps } = started
    const worker = service.serving(0)!
    const silent = once(service.master, 'silent')
    const respawned = once<[Worker]>(service.supervisor, 'respawn')
    worker.send('hang')
    await silent
    const answers = await Promise.all(Array.from({ length: 20 }, () => getOnce(service.port)))
    assert.ok(answers.every(({ pid }) => pid !== worker.pid))
    const [successor] = await respawned
    assert.equal(successor.slot, 0)
    assert.deepEqual(
      steps.map(({ step }) => step),
      ['terminating', 'killing'],
    )
    for (const { judgement } of steps) assert.equal(judgement.worker.id, worker.id)
    const [first, last] = steps.map(({ judgement }) => judgement.silentMs)
    assert.ok(first! >= 600 && last! >= first! + 500, `${first}, ${last}`)
  })

  test('as it is stopped is killed as well', async () => {
    await using started = await start()
    const { service, steps } = started
    const respawned = once<[Worker]>(service.supervisor, 'respawn')
    signal(service.serving(1)!.pid, 'SIGSTOP')
    const [successor] = await respawned
    assert.equal(successor.slot, 1)
    assert.equal(steps.length, 2)
  })

  test('but goes on in time is left alone', async () => {
    await using started = await start({ termAfterMs: 60_000 })
    const { service, steps } = started
    const worker = service.serving(0)!
    const silent = once(service.master, 'silent')
    signal(worker.pid, 'SIGSTOP')
    await silent
    const heard = once(service.master, 'heard')
    signal(worker.pid, 'SIGCONT')
    await heard
    assert.deepEqual(steps, [])
    assert.equal(service.serving(0)!.id, worker.id)
  })

  test('but goes on once it is told to finish finishes, and has a successor', async () => {
    await using started = await start({ termAfterMs: 600, killAfterMs: 60_000 })
    const { service, steps } = started
    const worker = service.serving(0)!
    const terminating = once(service.supervisor, 'terminating')
    const exited = once<[Worker, unknown]>(service.master, 'exit')
    const respawned = once(service.supervisor, 'respawn')
    signal(worker.pid, 'SIGSTOP')
    await terminating
    signal(worker.pid, 'SIGCONT')
    const [, reason] = await exited
    assert.deepEqual(reason, { type: 'exited', code: 0, asked: false })
    await respawned
    assert.equal(steps.length, 1)
  })
})

describe('a master that is held up', { concurrency: 2 }, () => {
  for (const together of [true, false]) {
    test(`${together ? 'together with its workers' : 'alone'} condemns nobody`, async () => {
      await using master = await MasterProcess.start({ exec, workers: 2, heartbeat }, QUICK)
      const pids = [...master.pids]
      master.signal('SIGSTOP')
      if (together) for (const pid of pids) signal(pid, 'SIGSTOP')
      await pass(2_000)
      master.signal('SIGCONT')
      if (together) for (const pid of pids) signal(pid, 'SIGCONT')
      // No event tells that somebody will not be condemned. By then they would be dead.
      await pass(2_000)
      assert.ok(pids.includes((await getOnce(master.port)).pid))
      assert.deepEqual([[...master.pids], [...master.serving]], [pids, pids])
      await master.stop()
    })
  }

  test('when a worker has been found silent already, which then goes on as well, condemns nobody', async () => {
    await using master = await MasterProcess.start({ exec, workers: 2, heartbeat }, QUICK)
    const pids = [...master.pids]
    signal(pids[0], 'SIGSTOP')
    await until(() => master.silent.size === 1, { what: 'silence', intervalMs: 1 })
    master.signal('SIGSTOP')
    await pass(2_000)
    master.signal('SIGCONT')
    await pass(100)
    signal(pids[0], 'SIGCONT')
    await pass(2_000)
    assert.deepEqual([[...master.pids], [...master.serving]], [pids, pids])
    await master.stop()
  })
})

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
