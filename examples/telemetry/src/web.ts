/** The group `web`: a Fastify application like any other, but for `/metrics`, where it asks the group `store`. */

import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { worker } from '@manifold/core/worker'
import Fastify from 'fastify'
import './requests.js'
import type { Query } from './store/messages.js'

// Its only worker may be dead, and the next one on its way: a client is told so soon, and asks again.
const STORE_TIMEOUT_MS = 1_000

const app = Fastify()

app.get('/', () => ({
  hello: 'world',
  pid: process.pid,
  try: ['/health', '/sleep?ms=500', '/stream?lines=5', '/metrics', '/metrics?name=hits'],
}))

app.get('/health', () => ({ ok: true, uptimeSeconds: Math.round(process.uptime()) }))

app.get<{ Querystring: { ms: number } }>(
  '/sleep',
  { schema: { querystring: integerQuery('ms', { default: 500, maximum: 5_000 }) } },
  async ({ query }) => {
    await sleep(query.ms)
    return { sleptMs: query.ms, pid: process.pid }
  },
)

app.get<{ Querystring: { lines: number } }>(
  '/stream',
  { schema: { querystring: integerQuery('lines', { default: 5, maximum: 50 }) } },
  ({ query }, reply) => reply.type('text/plain; charset=utf-8').send(Readable.from(countTo(query.lines))),
)

app.get<{ Querystring: Query }>(
  '/metrics',
  { schema: { querystring: { type: 'object', properties: { name: { type: 'string' } } } } },
  async ({ query }, reply) => {
    try {
      return await worker.call('store', 'query', { name: query.name }, { timeoutMs: STORE_TIMEOUT_MS })
    } catch (error) {
      const { code, message } = error as Error & { code?: string }
      return reply.code(503).header('retry-after', 1).send({ code, message })
    }
  },
)

await app.listen({ port: Number(process.env.PORT ?? 8080), host: process.env.HOST ?? '0.0.0.0' })

function integerQuery(name: string, limits: { default: number; maximum: number }) {
  return { type: 'object', properties: { [name]: { type: 'integer', minimum: 0, ...limits } } }
}

async function* countTo(lines: number): AsyncGenerator<string> {
  for (let line = 1; line <= lines; line += 1) {
    yield `line ${line} of ${lines}, by process ${process.pid}\n`
    await sleep(100)
  }
}
