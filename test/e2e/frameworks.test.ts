import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once as nodeOnce } from 'node:events'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type GroupOptions, Master } from '@manifold/groups'
import { certificate, certificateEnv } from '../helpers/certificate.js'
import { fixture } from '../helpers/fixture.js'
import { freePort } from '../helpers/free-port.js'
import { until } from '../helpers/wait.js'
import {
  type Ask,
  askH2c,
  askHttp,
  askHttp2,
  askHttps,
  askTcp,
  askUdp,
  askWebSocket,
  type TlsVisit,
  visitTls,
} from './framework-clients.js'

interface App {
  readonly exec: string
  /** In each of these ways it is asked. */
  readonly asks: readonly Ask[]
  readonly says: readonly string[]
  readonly udp?: true
}

const apps: Record<string, App> = {
  express: { exec: fixture('apps/express'), asks: [askHttp], says: ['express'] },
  fastify: { exec: fixture('apps/fastify'), asks: [askHttp], says: ['fastify'] },
  koa: { exec: fixture('apps/koa'), asks: [askHttp], says: ['koa'] },
  hono: { exec: fixture('apps/hono'), asks: [askHttp], says: ['hono'] },
  http: { exec: fixture('apps/http'), asks: [askHttp], says: ['http'] },
  'http, CommonJS': { exec: fixture('apps/http-cjs', '.cjs'), asks: [askHttp], says: ['http-cjs'] },
  https: { exec: fixture('apps/https'), asks: [askHttps], says: ['https'] },
  http2: { exec: fixture('apps/http2'), asks: [askHttp2, askHttps], says: ['http2'] },
  h2c: { exec: fixture('apps/h2c'), asks: [askH2c], says: ['h2c'] },
  ws: { exec: fixture('apps/ws'), asks: [askWebSocket, askHttp], says: ['echo', 'ws'] },
  'a TCP server': { exec: fixture('apps/tcp-echo'), asks: [askTcp], says: ['echo'] },
  'a UDP server': { exec: fixture('apps/udp-echo'), asks: [askUdp], says: ['echo'], udp: true },
}

/** How the same application may find its port. */
const setups: Record<string, (app: App, port: number) => Partial<GroupOptions>> = {
  'on a port that it names, by the default policy': (_app, port) => ({ env: { PORT: String(port) } }),
  'on a declared socket, by round-robin': ({ udp }, port) => ({
    policy: 'round-robin',
    env: { PORT: String(port) },
    listen: { it: udp ? { udp: port, host: '127.0.0.1' } : { port, host: '127.0.0.1' } },
  }),
}

/** Asks several times at once, until every worker has answered in every way. */
async function askAll(master: Master<'app'>, port: number, { asks, says }: App): Promise<void> {
  for (const ask of asks) {
    const expected = new Set(master.group('app').workers.map(({ pid }) => pid))
    const missing = new Set(expected)
    await until(
      async () => {
        for (const { pid, framework } of await Promise.all([1, 2, 3, 4].map(() => ask(port)))) {
          assert.ok(says.includes(framework), framework)
          assert.ok(expected.has(pid), `${pid} is not a worker of this group`)
          missing.delete(pid)
        }
        return missing.size === 0
      },
      { what: () => `an answer of ${[...missing].join(', ')}`, intervalMs: 0 },
    )
  }
}

for (const [setup, options] of Object.entries(setups)) {
  describe(`an unmodified application is served by both workers, ${setup}:`, () => {
    for (const [name, app] of Object.entries(apps)) {
      test(name, async (t) => {
        const port = await freePort()
        const { env, ...rest } = options(app, port)
        const master = new Master({
          groups: {
            app: {
              ...{ exec: app.exec, workers: 2, drainTimeoutMs: 2_000, keepAliveGraceMs: 0, ...rest },
              env: { ...env, ...(await certificateEnv()) },
            },
          },
        })
        t.after(() => master.stop())
        await master.start()
        await askAll(master, port, app)
      })
    }
  })
}

for (const policy of ['auto', 'round-robin'] as const) {
  for (const app of ['https', 'http2']) {
    describe(`TLS sessions of ${app} resume in another worker (${policy}):`, () => {
      let master: Master<'app'>

      before(async () => {
        const exec = fixture(`apps/${app}`)
        const listen = { https: { port: 0, host: '127.0.0.1' } }
        const env = await certificateEnv()
        master = new Master({
          groups: { app: { exec, workers: 2, policy, listen, env, drainTimeoutMs: 500 } },
        })
        await master.start()
      })
      after(() => master.stop())

      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        test(version, async () => {
          const { port } = master.group('app').address('https') as AddressInfo
          const first = await visitTls(port, version)
          assert.equal(first.protocol, version)
          assert.equal(first.reused, false)
          const elsewhere = await resumeElsewhere(port, version, first)
          // And back again, with what the other worker issued.
          await resumeElsewhere(port, version, elsewhere)
        })
      }
    })
  }
}

/** Resumes a session until a connection has reached another process: every one must be resumed. */
async function resumeElsewhere(
  port: number,
  version: 'TLSv1.2' | 'TLSv1.3',
  first: TlsVisit,
): Promise<TlsVisit> {
  return until(
    async () => {
      const visit = await visitTls(port, version, first.session)
      assert.equal(visit.reused, true, `process ${visit.pid} did not resume a session of ${first.pid}`)
      return visit.pid === first.pid ? undefined : visit
    },
    { what: 'a connection to the other worker', intervalMs: 0 },
  ) as Promise<TlsVisit>
}

describe('ticket keys that an application sets itself are respected', () => {
  const moments = {
    options: 'in the options',
    before: 'before it listens',
    after: 'after it began to listen',
  }
  for (const [moment, words] of Object.entries(moments)) {
    test(words, async (t) => {
      const keys = randomBytes(48)
      const elsewhere = await sessionFrom(keys)
      const env = { ...(await certificateEnv()), TICKET_KEYS: keys.toString('base64'), MOMENT: moment }
      const listen = { https: { port: 0, host: '127.0.0.1' } }
      const exec = fixture('listen/own-ticket-keys')
      const master = new Master({ groups: { app: { exec, workers: 2, listen, env, drainTimeoutMs: 500 } } })
      t.after(() => master.stop())
      await master.start()
      const { port } = master.group('app').address('https') as AddressInfo
      const here = await resumeElsewhere(port, 'TLSv1.3', elsewhere)
      await resumeElsewhere(port, 'TLSv1.3', here)
    })
  }

  test('also by the workers of a reload that bring others', async (t) => {
    const [before, now] = [randomBytes(48), randomBytes(48)]
    const [old, fresh] = [await sessionFrom(before), await sessionFrom(now)]
    const text = (keys: Buffer) => keys.toString('base64')
    const env = {
      ...(await certificateEnv()),
      ...{ MOMENT: 'options', TICKET_KEYS: text(before), TICKET_KEYS_LATER: text(now) },
    }
    const listen = { https: { port: 0, host: '127.0.0.1' } }
    const exec = fixture('listen/own-ticket-keys')
    const master = new Master({ groups: { app: { exec, listen, env, drainTimeoutMs: 500 } } })
    t.after(() => master.stop())
    await master.start()
    const { port } = master.group('app').address('https') as AddressInfo
    assert.equal((await visitTls(port, 'TLSv1.3', old.session)).reused, true)
    await master.group('app').reload()
    assert.equal((await visitTls(port, 'TLSv1.3', fresh.session)).reused, true)
    assert.equal((await visitTls(port, 'TLSv1.3', old.session)).reused, false)
  })
})

/** A session that a server in this process issued with these keys. */
async function sessionFrom(ticketKeys: Buffer): Promise<TlsVisit> {
  const options = { ...(await certificate()), ticketKeys, sessionIdContext: 'own-ticket-keys' }
  const server = https.createServer(options, (_request, response) => {
    response.setHeader('x-pid', process.pid)
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await nodeOnce(server, 'listening')
  try {
    return await visitTls((server.address() as AddressInfo).port, 'TLSv1.3')
  } finally {
    server.close()
  }
}
