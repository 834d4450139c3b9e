import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import type { ExitReason, Worker } from '@manifold/groups'
import type { RestartOptions, SupervisorEvents } from '@manifold/health'
import { temporaryDirectory } from '../../helpers/fixture.js'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { once } from '../../helpers/wait.js'
import { getOnce } from '../http-client.js'
import { fixture, Service, signal } from '../service.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const exec = fixture('services/mortal-server')

/** A group of two, and all that is said of its first slot. */
async function start(restart: RestartOptions = {}, env: NodeJS.ProcessEnv = {}, workers = 2) {
  const service = await Service.start({ exec, workers, env, drainTimeoutMs: 5_000 }, { restart })
  const seen: string[] = []
  const note = (slot: number, what: string) => {
    if (slot === 0) seen.push(what)
  }
  service.master.on('fork', ({ slot }) => note(slot, 'fork'))
  service.supervisor.on('backoff', ({ slot, kind }) => note(slot, kind))
  service.supervisor.on('respawn', ({ slot }) => note(slot, 'respawn'))
  service.supervisor.on('leftVacant', ({ slot }) => note(slot, 'leftVacant'))
  return { service, seen, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
}

const exitOf = (service: Service, { id }: Worker) =>
  once<[Worker, ExitReason]>(service.master, 'exit', { filter: (worker) => worker.id === id })

const said = <Name extends keyof SupervisorEvents>(service: Service, name: Name) =>
  once<SupervisorEvents[Name]>(service.supervisor, name)

describe('a worker has exactly one successor', { concurrency: 2 }, () => {
  const ends = ['exit', 'finish', 'disconnect', 'disconnect and exit', 'kill', 'ask to finish', 'throw']
  for (const end of ends) {
    test(`if its end is: ${end}`, async () => {
      await using started = await start()
      const { service, seen } = started
      const worker = service.serving(0)!
      const over = Promise.all([exitOf(service, worker), said(service, 'respawn')])
      worker.send(end)
      await over
      assert.deepEqual(seen, ['run', 'fork', 'respawn'])
      assert.notEqual((await getOnce(service.port)).pid, worker.pid)
    })
  }

  test('if it is killed while it finishes by itself', async () => {
    await using started = await start()
    const { service, seen } = started
    const worker = service.serving(0)!
    const over = Promise.all([exitOf(service, worker), said(service, 'respawn')])
    service.master.once('draining', ({ pid }) => signal(pid, 'SIGKILL'))
    worker.send('ask to finish')
    await over
    assert.deepEqual(seen, ['run', 'fork', 'respawn'])
  })

  test('if its successor was on its way already', async () => {
    await using started = await start()
    const { service, seen } = started
    const worker = service.serving(0)!
    const gone = exitOf(service, worker)
    service.master.once('fork', () => signal(worker.pid, 'SIGKILL'))
    await Promise.all([service.group.replace(0), gone])
    assert.deepEqual(seen, ['fork'])
  })

  test('also where several ones do not come up', async (t) => {
    const doom = path.join(temporaryDirectory(t), 'doom')
    await using started = await start({ minDelayMs: 10, maxDelayMs: 50 }, { DOOM: doom }, 1)
    const { service, seen } = started
    const failures: unknown[] = []
    const twice = new Promise<void>((resolve) => {
      service.supervisor.on('failed', ({ error, slot, startFailures }) => {
        failures.push([error.code, slot, startFailures])
        if (failures.length === 2) resolve()
      })
    })
    writeFileSync(doom, '')
    signal(service.serving(0)!.pid, 'SIGKILL')
    await twice
    const respawned = said(service, 'respawn')
    rmSync(doom)
    await respawned
    assert.deepEqual(failures.slice(0, 2), [
      ['ERR_MANIFOLD_START', 0, 1],
      ['ERR_MANIFOLD_START', 0, 2],
    ])
    assert.equal(seen.shift(), 'run')
    assert.equal(seen.splice(-2).join(), 'fork,respawn')
    const rest = Array.from({ length: failures.length }, () => ['fork', 'start']).flat()
    assert.deepEqual(seen, rest)
  })
})

describe('with on-failure', { concurrency: 2 }, () => {
  const restart: RestartOptions = { policy: 'on-failure' }

  for (const [end, isRestarted] of [
    ['finish', false],
    ['ask to finish', false],
    ['exit', true],
    ['kill', true],
    ['throw', true],
  ] as const) {
    test(`${end}: ${isRestarted ? 'there is a successor' : 'the slot stays vacant'}`, async () => {
      await using started = await start(restart)
      const { service, seen } = started
      const over = said(service, isRestarted ? 'respawn' : 'leftVacant')
      service.serving(0)!.send(end)
      await over
      assert.deepEqual(seen, isRestarted ? ['run', 'fork', 'respawn'] : ['leftVacant'])
    })
  }
})

describe('a process that cannot be started', () => {
  test('is tried again until it can', async (t) => {
    const cwd = path.join(temporaryDirectory(t), 'release')
    mkdirSync(cwd)
    await using service = await Service.start(
      { exec, cwd },
      { restart: { minDelayMs: 10, maxDelayMs: 50, maxRestarts: 1_000 } },
    )
    const failed = said(service, 'failed')
    rmSync(cwd, { recursive: true })
    signal(service.serving(0)!.pid, 'SIGKILL')
    const [{ error }] = await failed
    assert.equal(error.code, 'ERR_MANIFOLD_START')
    assert.match(error.message, /does not exist/)
    const respawned = said(service, 'respawn')
    mkdirSync(cwd)
    await respawned
    assert.ok(service.serving(0))
  })
})
