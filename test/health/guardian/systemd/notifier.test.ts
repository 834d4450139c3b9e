import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Notifier } from '@manifold/health/internal'
import { FakeClock } from '../../../helpers/fake-clock.js'
import { end, temporaryDirectory } from '../../../helpers/fixture.js'
import { noManager, RECEIVER, serviceManager, which } from '../../../helpers/service-manager.js'
import { once, until } from '../../../helpers/wait.js'

const COURIERS = ['systemd-notify', 'socat', 'perl']
const PATHS = Object.fromEntries(COURIERS.map((name) => [name, which(name)]))

describe('a notifier', { skip: noManager }, () => {
  test('tells in order what sd_notify(3) has words for', async (t) => {
    const { at, received } = await serviceManager(t)
    const notifier = new Notifier({ ...process.env, NOTIFY_SOCKET: at })
    const before = process.hrtime.bigint() / 1_000n
    notifier.ready('Generation 1 serves')
    notifier.reloading()
    notifier.ready('Generation 2\nserves')
    notifier.stopping()
    await notifier.stop()
    const [first, second, third, fourth, ...others] = await received(4)
    assert.equal(first, `READY=1\nMAINPID=${process.pid}\nSTATUS=Generation 1 serves`)
    const [, at1] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)\nSTATUS=Reloading$/.exec(second!)!
    assert.ok(BigInt(at1!) >= before && BigInt(at1!) <= process.hrtime.bigint() / 1_000n)
    assert.equal(third, `READY=1\nMAINPID=${process.pid}\nSTATUS=Generation 2 serves`)
    assert.equal(fourth, 'STOPPING=1\nSTATUS=Stopping')
    assert.deepEqual(others, [])
  })

  for (const courier of COURIERS) {
    for (const kind of ['path', 'abstract name']) {
      const skip = PATHS[courier] === undefined && `there is no ${courier}`
      test(`tells by ${courier} to a socket with ${kind === 'path' ? 'a' : 'an'} ${kind}`, {
        skip,
      }, async (t) => {
        const name = `@manifold test,${process.pid}:${courier}`
        const { at, received } = await serviceManager(t, kind === 'path' ? undefined : name)
        const only = join(temporaryDirectory(t), 'bin')
        mkdirSync(only)
        symlinkSync(PATHS[courier]!, join(only, courier))
        const notifier = new Notifier({ NOTIFY_SOCKET: at, PATH: only })
        notifier.ready("It's --ready: 100 %, “$HOME”")
        await notifier.stop()
        assert.deepEqual(await received(1), [
          `READY=1\nMAINPID=${process.pid}\nSTATUS=It's --ready: 100 %, “$HOME”`,
        ])
      })
    }
  }

  test('tells only the last of the status texts that wait', async (t) => {
    const { at, received } = await serviceManager(t)
    const notifier = new Notifier({ ...process.env, NOTIFY_SOCKET: at })
    for (let number = 1; number <= 100; number++) notifier.status(`number ${number}`)
    await notifier.stop()
    assert.deepEqual(await received(2), ['STATUS=number 1', 'STATUS=number 100'])
  })

  test('feeds the watchdog in half its time, as long as all is well', async (t) => {
    const { at, messages } = await serviceManager(t)
    const clock = new FakeClock()
    const env = {
      ...process.env,
      NOTIFY_SOCKET: at,
      WATCHDOG_USEC: '2000000',
      WATCHDOG_PID: `${process.pid}`,
    }
    const notifier = new Notifier(env, clock)
    let healthy = true
    const pings = (count: number) => until(() => messages().length === count, { what: `${count} pings` })
    notifier.watch(() => healthy)
    await pings(1)
    clock.advance(999)
    clock.advance(1)
    await pings(2)
    healthy = false
    clock.advance(5_000)
    healthy = true
    clock.advance(1_000)
    await pings(3)
    await notifier.stop()
    assert.equal(clock.pending, 0)
    assert.deepEqual(messages(), ['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1'])
  })
})

test('a notifier leaves a watchdog alone that waits for another process', () => {
  const clock = new FakeClock()
  const env = { NOTIFY_SOCKET: '/nowhere', WATCHDOG_USEC: '2000000', WATCHDOG_PID: '1' }
  new Notifier(env, clock).watch(() => true)
  assert.equal(clock.pending, 0)
})

test('a notifier that nobody listens to does nothing', async () => {
  for (const socket of [undefined, '', 'vsock:2:1234']) {
    const clock = new FakeClock()
    const notifier = new Notifier({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '2000000' }, clock)
    assert.equal(notifier.active, false)
    notifier.ready('ready')
    notifier.watch(() => true)
    assert.equal(clock.pending, 0)
    await notifier.stop()
  }
})

test('a notifier takes it lightly if nobody is there, or no program that could tell', async (t) => {
  const nobody = join(temporaryDirectory(t), 'nobody')
  for (const env of [{ PATH: process.env.PATH }, { PATH: nobody }]) {
    const notifier = new Notifier({ NOTIFY_SOCKET: nobody, ...env })
    notifier.ready('ready')
    notifier.stopping()
    await notifier.stop()
  }
})

test('a notifier does not wait for long for one that does not read', { skip: noManager }, async (t) => {
  const at = join(temporaryDirectory(t), 'notify')
  const deaf = spawn('perl', ['-e', RECEIVER.replace(/while .*/, 'sleep 1000'), '--', at], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => end(deaf))
  await once(deaf.stdout, 'data')
  const clock = new FakeClock()
  const notifier = new Notifier({ ...process.env, NOTIFY_SOCKET: at }, clock)
  for (let number = 1; number <= 10; number++) notifier.ready(`number ${number}`)
  const stopped = notifier.stop()
  clock.advance(2_000)
  const before = performance.now()
  await stopped
  // One that is on its way has five seconds.
  assert.ok(performance.now() - before < 9_000)
  assert.equal(clock.pending, 0)
})
