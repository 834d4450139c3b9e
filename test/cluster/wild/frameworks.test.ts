import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import {
  type Ask,
  askH2c,
  askHttp,
  askHttp2,
  askHttps,
  askTcp,
  askUdp,
  askWebSocket,
} from '../../e2e/framework-clients.js'
import { certificateEnv } from '../../helpers/certificate.js'
import { fixture } from '../../helpers/fixture.js'
import { freePort } from '../../helpers/free-port.js'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { flavours, Program } from './program.js'

const apps: Record<string, Ask> = {
  express: askHttp,
  fastify: askHttp,
  koa: askHttp,
  hono: askHttp,
  https: askHttps,
  http2: askHttp2,
  h2c: askH2c,
  ws: askWebSocket,
  'tcp-echo': askTcp,
  'udp-echo': askUdp,
}

const before = snapshot()
after(() => assertNoLeaks(before))

for (const cluster of flavours) {
  describe(`an unmodified application is served by both workers under ${cluster}:`, () => {
    for (const [name, ask] of Object.entries(apps)) {
      it(name, async () => {
        const port = await freePort()
        await using program = new Program('pool.cjs', cluster, {
          APP: fixture(`apps/${name}`),
          PORT: String(port),
          ...(await certificateEnv()),
        })
        const listening = await program.prints(new RegExp(`^worker (\\d+) listens on .* ${port} `, 'm'), 2)
        // Fastify listens on both addresses of localhost.
        const workers = await program.until('both listen', () => {
          const pids = new Set(program.all(/^worker (\d+) listens/gm).map(Number))
          return pids.size === 2 ? pids : undefined
        })
        assert.ok(listening.every((pid) => workers.has(Number(pid))))
        const missing = new Set(workers)
        await program.until('both answer', async () => {
          for (const { pid } of await Promise.all([1, 2, 3, 4].map(() => ask(port)))) {
            assert.ok(workers.has(pid))
            missing.delete(pid)
          }
          return missing.size === 0
        })
        assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
        assert.equal(program.stderr, '')
      })
    }
  })
}
