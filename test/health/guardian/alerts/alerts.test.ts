import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { ManifoldError } from '@manifold/core'
import { type Alert, Alerts, CommandReceiver, parseAlerts, type ToldAlert } from '@manifold/health/internal'
import { FakeClock } from '../../../helpers/fake-clock.js'
import { temporaryDirectory } from '../../../helpers/fixture.js'
import { isAlive } from '../../../helpers/leaks.js'
import { once, until } from '../../../helpers/wait.js'

const ALERT: Alert = { kind: 'masterDied', subject: 'master', text: 'It "died"\n', data: { generation: 3 } }
const TOLD: ToldAlert = { ...ALERT, time: 'now', host: 'here', pid: 1, state: 'raised', heldBack: 0 }

function alerts(t: TestContext, options: object, clock = new FakeClock()) {
  const failures: ManifoldError[] = []
  const subject = new Alerts(parseAlerts('alerts', options)!, clock, (error) => failures.push(error))
  t.after(() => subject.stop())
  return { subject, failures, clock }
}

describe('the command of an alert', () => {
  test('has it on its input, and in its environment', async (t) => {
    const file = join(temporaryDirectory(t), 'out')
    process.env.NOTIFY_SOCKET = '/somewhere'
    t.after(() => delete process.env.NOTIFY_SOCKET)
    const names = ['KIND', 'SUBJECT', 'TEXT', 'STATE'].map((name) => `"$MANIFOLD_ALERT_${name}"`)
    const command = `{ printf '%s|' ${names.join(' ')} "$NOTIFY_SOCKET"; cat; } > ${file}`
    const { subject, failures } = alerts(t, { command })
    subject.raise(ALERT)
    await subject.stop()
    const [kind, named, text, state, socket, json] = readFileSync(file, 'utf8').split('|')
    assert.deepEqual(
      [kind, named, text, state, socket],
      ['masterDied', 'master', 'It "died"\n', 'raised', ''],
    )
    const { time, ...alert } = JSON.parse(json!)
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000)
    assert.deepEqual(alert, { ...ALERT, host: hostname(), pid: process.pid, state: 'raised', heldBack: 0 })
    assert.deepEqual(failures, [])
  })

  test('need not read it', async (t) => {
    const { subject, failures } = alerts(t, { command: ['true'] })
    subject.raise({ ...ALERT, text: 'x'.repeat(1_000_000) })
    subject.recover(ALERT)
    await subject.stop()
    // Beyond what the system can pass in an environment, that is a failure, not an exception.
    assert.ok(failures.every(({ code }) => code === 'ERR_MANIFOLD_ALERT'))
  })

  test('that fails, or is not there, is told', async (t) => {
    for (const [command, why] of [
      ['exit 3', /the alert masterDied of master \(raised\) could not be delivered: .* code 3/],
      ['kill -KILL $$', /SIGKILL/],
      [['/nowhere/at/all'], /ENOENT/],
    ] as const) {
      const { subject, failures } = alerts(t, { command })
      subject.raise(ALERT)
      await subject.stop()
      assert.equal(failures.length, 1)
      assert.equal(failures[0]!.code, 'ERR_MANIFOLD_ALERT')
      assert.match(failures[0]!.message, why)
    }
  })

  test('that does not end is killed, with what it has started', async (t) => {
    const file = join(temporaryDirectory(t), 'pids')
    const command = `trap '' TERM; sleep 1000 & echo $$ $! > ${file}; wait`
    const receiver = new CommandReceiver(command, 500)
    await assert.rejects(receiver.tell(TOLD, new AbortController().signal), /was killed after 500 ms/)
    const pids = readFileSync(file, 'utf8').trim().split(' ').map(Number)
    assert.equal(pids.length, 2)
    await until(() => !pids.some(isAlive), { what: 'the end of both' })
  })

  test('is run for one trouble after the other, a few at once', async (t) => {
    const directory = temporaryDirectory(t)
    const command = `cd ${directory}; mkdir "$$"; ls -d [0-9]* | wc -l >> counts; echo "$MANIFOLD_ALERT_SUBJECT $MANIFOLD_ALERT_STATE" >> order; sleep 0.05; rmdir "$$"`
    const { subject, failures } = alerts(t, { command })
    for (let number = 0; number < 10; number++) {
      const alert = { ...ALERT, subject: `${number}` }
      subject.raise(alert)
      subject.recover(alert)
    }
    await subject.stop()
    assert.deepEqual(failures, [])
    const lines = (name: string) => readFileSync(join(directory, name), 'utf8').trim().split('\n')
    assert.ok(lines('counts').every((count) => Number(count) <= 4))
    const order = lines('order')
    assert.equal(order.length, 20)
    for (let number = 0; number < 10; number++) {
      assert.ok(order.indexOf(`${number} raised`) < order.indexOf(`${number} recovered`))
    }
  })
})

type Answer = (request: IncomingMessage, response: ServerResponse, attempt: number) => void

/** A receiver of webhooks. */
async function receiver(
  t: TestContext,
  answer: Answer,
): Promise<{ url: string; bodies: ToldAlert[]; server: Server }> {
  const bodies: ToldAlert[] = []
  let attempt = 0
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    bodies.push(JSON.parse(body))
    answer(request, response, ++attempt)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}/hook?a=b`, bodies, server }
}

describe('the webhook of an alert', () => {
  test('gets it as JSON, with a text that people can read', async (t) => {
    let got: IncomingMessage | undefined
    const { url, bodies } = await receiver(t, (request, response) => {
      got = request
      response.end('ok')
    })
    const { subject, failures } = alerts(t, { webhook: { url, headers: { authorization: 'Bearer x' } } })
    subject.raise(ALERT)
    await subject.stop()
    const { method, headers } = got!
    assert.deepEqual([method, got!.url], ['POST', '/hook?a=b'])
    assert.deepEqual([headers['content-type'], headers.authorization], ['application/json', 'Bearer x'])
    const [{ time, ...alert }] = bodies as [ToldAlert]
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000)
    assert.deepEqual(alert, { ...ALERT, host: hostname(), pid: process.pid, state: 'raised', heldBack: 0 })
    assert.deepEqual(failures, [])
  })

  test('is tried again after a failure, later and later', async (t) => {
    const { url, bodies } = await receiver(t, (request, response, attempt) => {
      if (attempt === 1) request.socket.destroy()
      else response.writeHead([503, 500, 429, 204][attempt - 2]!).end()
    })
    const { subject, failures, clock } = alerts(t, { webhook: url })
    clock.chance = 1
    subject.raise(ALERT)
    for (const [index, pauseMs] of [1_000, 2_000, 4_000, 8_000].entries()) {
      await until(() => bodies.length === index + 1 && clock.pending === 2, { what: `attempt ${index + 1}` })
      clock.advance(pauseMs - 1)
      assert.equal(clock.pending, 2)
      clock.advance(1)
    }
    await subject.stop()
    assert.equal(bodies.length, 5)
    assert.deepEqual(failures, [])
  })

  test('is tried when it wants to be, within bounds', async (t) => {
    const { url, bodies } = await receiver(t, (_request, response, attempt) => {
      const after = ['7', '100000', new Date(Date.now() + 3_600_000).toUTCString()][attempt - 1]
      if (after) response.writeHead(429, { 'retry-after': after }).end()
      else response.end()
    })
    const { subject, clock } = alerts(t, { webhook: url, minIntervalMs: 10 ** 9 })
    subject.raise(ALERT)
    for (const [index, pauseMs] of [7_000, 60_000, 60_000].entries()) {
      await until(() => bodies.length === index + 1 && clock.pending === 2, { what: `attempt ${index + 1}` })
      clock.advance(pauseMs - 1)
      assert.equal(clock.pending, 2)
      clock.advance(1)
    }
    await until(() => bodies.length === 4, { what: 'the last attempt' })
  })

  for (const [status, attempts] of [
    [400, 1],
    [302, 1],
    [500, 3],
  ] as const) {
    test(`is given up after ${attempts} attempts if it answers ${status}`, async (t) => {
      const { url, bodies } = await receiver(t, (_request, response) => {
        response.writeHead(status, { location: url }).end()
      })
      const { subject, failures, clock } = alerts(t, { webhook: { url, attempts: 3 } })
      subject.raise(ALERT)
      await until(
        () => {
          if (clock.pending === 2) clock.advance(5_000)
          return failures.length === 1
        },
        { what: 'the failure' },
      )
      assert.equal(bodies.length, attempts)
      assert.match(failures[0]!.message, new RegExp(`failed in attempt ${attempts}: it answered ${status}`))
    })
  }

  test('that does not answer is left in time', async (t) => {
    const { url } = await receiver(t, () => {})
    const { subject, failures } = alerts(t, { webhook: { url, attempts: 1, timeoutMs: 100 } })
    subject.raise(ALERT)
    await until(() => failures.length === 1, { what: 'the failure' })
    assert.match(failures[0]!.message, /no answer within 100 ms/)
  })

  test('and the command are given up some seconds after all has stopped', async (t) => {
    const { url, bodies } = await receiver(t, () => {})
    const { subject, failures, clock } = alerts(t, {
      command: 'exec sleep 1000',
      webhook: { url, timeoutMs: 60_000 },
    })
    subject.raise(ALERT)
    subject.recover(ALERT)
    await until(() => bodies.length === 1, { what: 'the request' })
    const stopped = subject.stop()
    clock.advance(5_000)
    await stopped
    assert.equal(failures.length, 4)
    assert.ok(failures.every(({ code }) => code === 'ERR_MANIFOLD_ALERT'))
    subject.raise({ ...ALERT, subject: 'other' })
    assert.equal(clock.pending, 0)
  })
})
