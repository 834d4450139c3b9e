import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { getOnce, HttpClient, pidOf } from '../../e2e/http-client.js'
import { temporaryDirectory } from '../../helpers/fixture.js'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { flavours, Program } from './program.js'

const before = snapshot()
after(() => assertNoLeaks(before))

for (const cluster of flavours) {
  describe(`libraries whose primary has what all workers share, under ${cluster}`, () => {
    it('prom-client: one scrape has the sums of all workers', async () => {
      await using program = new Program('prom-client.cjs', cluster, { PORT: '0' })
      const ports = await program.prints(/^service on (\d+)$/m, 2)
      const [scrapes] = await program.prints(/^metrics on (\d+)$/m)
      assert.equal(new Set(ports).size, 1)
      const pids = new Set<number>()
      for (let n = 0; n < 20; n++) pids.add((await getOnce(Number(ports[0]), `/${n % 2}`)).pid)
      assert.equal(pids.size, 2)

      using client = await HttpClient.connect(Number(scrapes))
      for (let n = 0; n < 2; n++) {
        const { status, body } = await client.get('/metrics')
        const samples = body
          .toString()
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#'))
        assert.deepEqual(
          [status, ...samples.toSorted()],
          [200, 'highest_id 2', 'requests_total{path="/0"} 10', 'requests_total{path="/1"} 10', 'workers 2'],
        )
      }
      assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
      assert.equal(program.stderr, '')
    })

    it('rate-limiter-flexible: all workers have one budget', async () => {
      await using program = new Program('rate-limiter.cjs', cluster, { PORT: '0' })
      const [port] = await program.prints(/^listening on (\d+)$/m, 2)
      const pids = new Set<number>()
      const left: string[] = []
      for (let n = 0; n < 14; n++) {
        using client = await HttpClient.connect(Number(port))
        const answer = await client.get('/', 'close')
        pids.add(pidOf(answer))
        left.push(`${answer.status} ${answer.body}`)
      }
      assert.equal(pids.size, 2)
      assert.deepEqual(left, [
        ...Array.from({ length: 10 }, (_, n) => `200 ${9 - n} left`),
        ...Array.from({ length: 4 }, () => '429 Too Many Requests'),
      ])
      assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
      assert.equal(program.stderr, '')
    })

    it('log4js: the primary writes what all workers log', async (t) => {
      const file = join(temporaryDirectory(t), 'cluster.log')
      await using program = new Program('log4js.cjs', cluster, { LOG: file })
      const { pid } = program
      await program.prints(/^done$/m)
      assert.deepEqual(await program.ended(), { code: 0, signal: null })
      assert.equal(program.stderr, '')

      const lines = readFileSync(file, 'utf8').split('\n')
      assert.equal(lines[0], `INFO primary by ${pid}: starts 2 workers`)
      const ofWorkers = [1, 2].map((id) => {
        const said = lines.filter((line) => line.endsWith(` of worker ${id}`))
        assert.deepEqual(
          said.map((line) => line.replace(/by \d+/, 'by')),
          [1, 2, 3].map((n) => `INFO worker by: line ${n} of worker ${id}`),
        )
        return /by (\d+)/.exec(said[0]!)![1]
      })
      assert.equal(new Set([...ofWorkers, String(pid)]).size, 3)
      assert.equal(lines.filter((line) => /^ERROR worker by \d+: Error: no reason$/.test(line)).length, 2)
      assert.equal(lines.filter((line) => line.endsWith('a worker left with 0')).length, 2)
    })
  })
}
