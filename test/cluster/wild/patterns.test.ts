import assert from 'node:assert/strict'
import http from 'node:http'
import { after, describe, it } from 'node:test'
import { getOnce, HttpClient, pidOf } from '../../e2e/http-client.js'
import { someAnswers } from '../../e2e/losses.js'
import { assertNoLeaks, isAlive, snapshot } from '../../helpers/leaks.js'
import { describeFailures, LoadClient } from '../../helpers/load-client.js'
import { once } from '../../helpers/wait.js'
import { flavours, OURS, Program } from './program.js'

const LISTENS = /^worker (\d+) listens on/m

const before = snapshot()
after(() => assertNoLeaks(before))

for (const cluster of flavours) {
  describe(`patterns under ${cluster}`, () => {
    it('a primary that accepts by itself, and sends the connections by messages', async () => {
      await using program = new Program('handoff.cjs', cluster, { PORT: '0' })
      const [port] = await program.prints(/^primary listens on (\d+)$/m)
      await program.prints(/^worker \d+ is there$/m, 3)
      const answers = async () => {
        const all = Array.from({ length: 9 }, (_, n) => answerFrom(Number(port), `127.0.0.${n + 1}`))
        return (await Promise.all(all)).map(({ text }) => text)
      }
      const expected = (ids: number[]) =>
        Array.from({ length: 9 }, (_, n) => `${ids[(n + 1) % 3]} 127.0.0.${n + 1}`)
      assert.deepEqual(await answers(), expected([1, 2, 3]))

      const { pid } = await answerFrom(Number(port), '127.0.0.1')
      process.kill(pid, 'SIGKILL')
      await program.prints(/^respawning worker 1$/m)
      await program.prints(/^worker \d+ is there$/m, 4)
      assert.deepEqual(await answers(), expected([1, 4, 3]))
      assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
      assert.equal(program.stderr, '')
    })

    it('a queue of jobs: those of workers that die are done by others', async () => {
      await using program = new Program('jobs.cjs', cluster)
      assert.deepEqual(await program.ended(), { code: 0, signal: null })
      const failed = program.all(/^worker failed with (\d+ at job \d+)$/gm)
      assert.deepEqual(failed.toSorted(), ['10 at job 10', '17 at job 17', '3 at job 3'])
      assert.equal(program.lines.at(-1), `all done: ${Array.from({ length: 20 }, (_, n) => n * n)}`)
      assert.equal(program.stderr, '')
    })

    it('a worker that throws answers what it can, and is replaced', async () => {
      await using program = new Program('uncaught.cjs', cluster, { PORT: '0' })
      await program.prints(LISTENS, 2)
      const [port] = program.all(/ listens on (\d+)$/gm)
      for (let count = 1; count <= 2; count++) {
        using client = await HttpClient.connect(Number(port))
        const answer = await client.get('/error')
        assert.deepEqual([answer.status, answer.body.toString()], [500, 'Oops, there was a problem!\n'])
        const pid = pidOf(answer)
        await program.prints(LISTENS, 2 + count)
        await program.until('it has left', () => !isAlive(pid) && program.stderr.includes(`exit! ${pid} `))
        const told = program.stderr.split('\n').filter((line) => line.includes(`${pid}`))
        assert.deepEqual(told.slice(1), [`disconnect! ${pid} true`, `exit! ${pid} 0 null`])
        assert.match(told[0]!, new RegExp(`^${pid} failed: Cannot read properties of undefined`))
        for (let n = 0; n < 4; n++) assert.notEqual((await getOnce(Number(port))).pid, pid)
      }
      assert.equal(program.workers.length, 2)
      assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
    })

    it('workers that go by themselves under load, several times', async () => {
      await using program = new Program('retires.cjs', cluster, { PORT: '0' })
      await program.prints(LISTENS, 2)
      const [port] = program.all(/ listens on (\d+)$/gm)
      await using load = new LoadClient({
        target: { port: Number(port) },
        rate: 50,
        maxUnderWay: 25,
        keepAliveShare: 0,
      })
      await program.prints(/^worker \d+ retired with 0$/m, 5)
      await someAnswers(load)
      const report = await load.stop()
      assert.equal(report.counts.refused, 0)
      if (cluster === OURS) assert.equal(report.failures.length, 0, describeFailures(report.failures))
      assert.deepEqual(program.all(/^.* failed .*$/gm), [])
      // A worker that starts now complains that its primary has gone, or does not come to it.
      assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
    })

    it('Ctrl-C in a terminal ends primary and workers at once', async () => {
      await using program = new Program('respawn.cjs', cluster, { PORT: '0' }, { detached: true })
      await program.prints(LISTENS, 2)
      const workers = program.workers.map(({ pid }) => pid)
      process.kill(-program.pid, 'SIGINT')
      assert.deepEqual(await program.ended(), { code: null, signal: 'SIGINT' })
      await program.until('all are gone', () => !workers.some(isAlive))
      assert.equal(program.stderr, '')
    })

    it('a primary that is killed leaves no worker', async () => {
      await using program = new Program('respawn.cjs', cluster, { PORT: '0' })
      await program.prints(LISTENS, 2)
      const workers = program.workers.map(({ pid }) => pid)
      assert.equal(workers.length, 2)
      program.signal('SIGKILL')
      assert.deepEqual(await program.ended(), { code: null, signal: 'SIGKILL' })
      await program.until('all are gone', () => !workers.some(isAlive))
      assert.equal(program.stderr, '')
    })

    it('a child of a worker is no worker, and may be a primary itself', async () => {
      await using program = new Program('nested.cjs', cluster)
      assert.deepEqual(await program.ended(), { code: 0, signal: null })
      assert.deepEqual(program.lines, [
        'level 0: primary []',
        'level 0: worker 1 []',
        'level 1: primary []',
        'level 0 is told from level 1',
        'level 1: worker 1 []',
        'level 2: primary []',
        'level 1 is told from level 2',
        'level 1 hears the end of its child, 0',
        'level 0 hears the end of its child, 0',
      ])
      assert.equal(program.stderr, '')
    })
  })
}

async function answerFrom(port: number, localAddress: string): Promise<{ pid: number; text: string }> {
  const request = http.get({ port, host: '127.0.0.1', localAddress, agent: false, timeout: 10_000 })
  const [response] = await once<[http.IncomingMessage]>(request, 'response')
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { pid: Number(response.headers['x-pid']), text }
}
