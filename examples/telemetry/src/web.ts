/** The group `web`: a Fastify application like any other, which knows nothing of the master it runs under. */

import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'

const app = Fastify()

app.get('/', () => ({
  hello: 'world',
  pid: process.pid,
  try: ['/health', '/sleep?ms=500', '/stream?lines=5'],
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
