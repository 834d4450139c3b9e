import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { systemClock } from '@manifold/core'

const core = import.meta.resolve('@manifold/core')

test('the clock is the same in all processes, so that a deadline can cross to another one', () => {
  const before = systemClock.now()
  const program = `import { systemClock } from ${JSON.stringify(core)}; console.log(systemClock.now())`
  const there = Number(execFileSync(process.execPath, ['--input-type=module', '--eval', program]))
  assert.ok(before <= there && there <= systemClock.now(), `${before} <= ${there} <= ${systemClock.now()}`)
})

test('a timer fires once, not before its time', async () => {
  const start = systemClock.now()
  const awake = setInterval(() => {}, 1_000)
  let fired = 0
  await new Promise<void>((resolve) => {
    systemClock.after(20, () => {
      fired++
      resolve()
    })
  })
  clearInterval(awake)
  // Node counts in whole milliseconds and may round down.
  assert.ok(systemClock.now() - start >= 19)
  assert.equal(fired, 1)
})

test('a timer can be called off, also twice', async () => {
  let fired = false
  const timer = systemClock.after(1, () => {
    fired = true
  })
  timer.cancel()
  timer.cancel()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(fired, false)
})

test('a timer that is set to more than Node can count waits all the same', async () => {
  let fired = false
  const timer = systemClock.after(2 ** 31 + 1_000, () => {
    fired = true
  })
  await new Promise((resolve) => setTimeout(resolve, 20))
  timer.cancel()
  assert.equal(fired, false)
})

test('a timer does not keep its process alive', () => {
  const program = `import { systemClock } from ${JSON.stringify(core)}; systemClock.after(600_000, () => {})`
  execFileSync(process.execPath, ['--input-type=module', '--eval', program], { timeout: 30_000 })
})

test('what has come is read before it is judged that it did not', async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [net.Socket]
  const order: string[] = []
  accepted.once('data', () => order.push('read'))
  await new Promise<void>((resolve) => client.write('said in time', () => resolve()))
  const judged = new Promise<void>((resolve) => {
    systemClock.after(1, () => {
      order.push('due')
      systemClock.after(1, () => order.push('due, too'))
      systemClock.afterReading(() => {
        order.push('judged')
        resolve()
      })
      block(20)
    })
  })
  block(20)
  await judged
  client.destroy()
  assert.ok(order.indexOf('read') < order.indexOf('judged'), String(order))
})

test('a judgement can be called off', async () => {
  let judged = false
  systemClock
    .afterReading(() => {
      judged = true
    })
    .cancel()
  const late = systemClock.afterReading(() => {
    judged = true
  })
  await new Promise(setImmediate)
  late.cancel()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(judged, false)
})

/** Holds this process up. */
function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('chance is a number from 0 to 1', () => {
  const drawn = Array.from({ length: 100 }, () => systemClock.random())
  assert.ok(drawn.every((number) => number >= 0 && number < 1))
})
