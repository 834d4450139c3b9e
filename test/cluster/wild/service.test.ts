import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { HttpClient, pidOf } from '../../e2e/http-client.js'
import { assertOnlyKilled, type Kill, someAnswers } from '../../e2e/losses.js'
import { assertNoLeaks, isAlive, snapshot } from '../../helpers/leaks.js'
import { describeFailures, LoadClient } from '../../helpers/load-client.js'
import { type Flavour, flavours, OURS, Program } from './program.js'

const WORKERS = 2
const KILLS = 4
/** What a busy machine still carries: where it does not, requests are left out, rather than pile up. */
const LOAD = { rate: 50, sources: 50, maxUnderWay: 25 }
const LISTENS = /^worker (\d+) listens on/m

const before = snapshot()
after(() => assertNoLeaks(before))

for (const cluster of flavours) {
  describe(`services under ${cluster}`, () => {
    const killed = 'a worker that is killed under load is replaced, by the program, each time'
    it(killed, () => killWorkers(cluster, 'rr'))
    it(`${killed}, with the workers on one socket`, () => killWorkers(cluster, 'none'))

    it('a rolling restart by hand, twice, under load', async () => {
      await using program = new Program('rolling.cjs', cluster, { PORT: '0' })
      const port = await portOf(program)
      // Few kept connections, each of which is used again long before its worker gives it up.
      await using load = new LoadClient({ ...LOAD, target: { port }, keptConnections: 5 })
      for (let round = 1; round <= 2; round++) {
        await someAnswers(load)
        const old = program.workers.map(({ pid }) => pid)
        program.signal('SIGHUP')
        await program.prints(/^all workers are new$/m, round)
        const left = (await program.prints(/^worker (\d+ left .*)$/m, WORKERS * round)).slice(-WORKERS)
        assert.deepEqual(left.toSorted(), old.map((pid) => `${pid} left as asked (0)`).toSorted())
        assert.ok(!old.some(isAlive))
        const fresh = program.all(/^worker (\d+) listens on/gm).slice(-WORKERS)
        await program.until('both answer', () =>
          fresh.every((pid) => load.report().answersByPid.has(Number(pid))),
        )
      }
      const report = await load.stop()
      assert.equal(report.counts.refused, 0)
      assert.equal(report.counts.hang, 0)
      // Node's own resets kept connections that are idle, also when a request is on its way on them.
      if (cluster === OURS) assert.equal(report.failures.length, 0, describeFailures(report.failures))

      assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
      assert.equal(program.stderr, '')
    })

    it('SIGTERM to the primary: what is under way is finished, all workers exit, then the primary', async () => {
      await using program = new Program('graceful.cjs', cluster, { PORT: '0' })
      const port = await portOf(program)
      const workers = program.workers.map(({ pid }) => pid)
      const clients = await Promise.all([HttpClient.connect(port), HttpClient.connect(port)])
      const answers = Promise.all(clients.map((client) => client.get('/', 'close')))
      await program.prints(/^request/m, 2)
      program.signal('SIGTERM')
      for (const answer of await answers) {
        assert.deepEqual([answer.status, answer.body.toString()], [200, 'done'])
        assert.ok(workers.includes(pidOf(answer)))
      }
      assert.deepEqual(await program.ended(), { code: 0, signal: null })
      // The callback comes with the end of the last, be it its exit or its disconnect: the primary does not see the other.
      assert.ok(program.all(/^worker \d disconnected$/gm).length >= WORKERS - 1)
      assert.equal(program.all(/^0 workers left$/gm).length, 1)
      assert.ok(!workers.some(isAlive))
      if (cluster === OURS) {
        // On a busy machine a worker of Node's now and then fails as it leaves, and exits with 1.
        assert.deepEqual(program.all(/^worker exits with (\d)$/gm), ['0', '0'])
        for (const exit of program.all(/^worker \d exited (.*)$/gm)) assert.equal(exit, '(0, null, true)')
        assert.equal(program.stderr, '')
      }
      for (const client of clients) client.destroy()
    })
  })
}

async function killWorkers(cluster: Flavour, policy: 'rr' | 'none'): Promise<void> {
  await using program = new Program('respawn.cjs', cluster, {
    PORT: '0',
    NODE_CLUSTER_SCHED_POLICY: policy,
  })
  const port = await portOf(program)
  await using load = new LoadClient({ ...LOAD, target: { port } })
  const kills: Kill[] = []
  for (let count = 0; count < KILLS; count++) {
    await someAnswers(load)
    const serving = program.workers.map(({ pid }) => pid)
    assert.equal(serving.length, WORKERS)
    const victim = serving[count % WORKERS]!
    kills.push({ pid: victim, atMs: load.report().durationMs })
    process.kill(victim, 'SIGKILL')
    const [count1] = await program.prints(
      new RegExp(`^worker ${victim} died \\(SIGKILL\\), (\\d) left. restarting...$`, 'm'),
    )
    assert.equal(count1, '1')
    const listening = await program.prints(LISTENS, WORKERS + count + 1)
    await program.until('the new worker answers', () =>
      load.report().answersByPid.has(Number(listening.at(-1))),
    )
  }
  await someAnswers(load)
  const report = await load.stop()
  assert.equal(report.counts.refused, 0)
  // Node's own loses what is on the way to a worker when it dies.
  if (cluster === OURS) assertOnlyKilled(report, kills)

  assert.equal(program.workers.length, WORKERS)
  assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
  assert.equal(program.stderr, '')
}

async function portOf(program: Program): Promise<number> {
  await program.prints(LISTENS, WORKERS)
  const [port] = await program.prints(/ listens on (\d+)$/m)
  return Number(port)
}
