import assert from 'node:assert/strict'
import net from 'node:net'
import { availableParallelism } from 'node:os'
import { after, describe, it } from 'node:test'
import { getOnce, HttpClient } from '../../e2e/http-client.js'
import { freePort } from '../../helpers/free-port.js'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { once } from '../../helpers/wait.js'
import { flavours, Program } from './program.js'

const before = snapshot()
after(() => assertNoLeaks(before))

for (const cluster of flavours) {
  describe(`the examples of Node's documentation under ${cluster}`, () => {
    for (const file of ['official-http.cjs', 'official-http-esm.mjs']) {
      it(`${file}: as many workers as there are processors share one port`, async () => {
        const port = await freePort()
        await using program = new Program(file, cluster, { PORT: String(port) })
        const workers = (await program.prints(/^Worker (\d+) started$/m, availableParallelism())).map(Number)
        assert.deepEqual(program.lines[0], `Primary ${program.pid} is running`)
        assert.deepEqual(program.workers.map(({ pid }) => pid).toSorted(), workers.toSorted())
        await program.until('it answers', () => hello(port).catch(() => false))

        const [victim] = workers
        process.kill(victim!, 'SIGKILL')
        await program.prints(new RegExp(`^worker ${victim} died with SIGKILL$`, 'm'))
        if (workers.length > 1) for (let n = 0; n < 5; n++) assert.ok(await hello(port))

        assert.deepEqual(await program.terminate(), { code: null, signal: 'SIGTERM' })
        assert.equal(program.stderr, '')
      })
    }

    it('messages: requests are counted in the primary, and words come back', async () => {
      const port = await freePort()
      await using program = new Program('official-counting.cjs', cluster, { PORT: String(port) })
      await program.prints(/^Worker listens$/m, 2)
      const said = await program.prints(/^worker (\d says hi there, with undefined)$/m, 2)
      assert.deepEqual(
        said.toSorted(),
        [1, 2].map((id) => `${id} says hi there, with undefined`),
      )

      const pids = new Set<number>()
      for (let n = 0; n < 20; n++) pids.add((await getOnce(port)).pid)
      await program.prints(/^numReqs = 20, 20$/m)
      assert.equal(pids.size, 2)

      program.signal('SIGTERM')
      assert.deepEqual(await program.ended(), { code: 0, signal: null })
      const left = program.all(/^worker (\d left with \d)$/gm)
      assert.deepEqual(left.toSorted(), ['1 left with 7', '2 left with 7'])
      assert.equal(program.stderr, '')
    })

    it('disconnect: a worker that ends its connections leaves by itself', async () => {
      await using program = new Program('official-shutdown.cjs', cluster, {
        GRACEFUL: 'yes',
        PATIENCE: '20000',
      })
      const [port] = await program.prints(/^listening on (\d+), 4$/m)
      const client = net.connect(Number(port), '127.0.0.1').resume()
      await once(client, 'end')
      assert.deepEqual(await program.ended(), { code: 0, signal: null })
      assert.deepEqual(program.lines.slice(1), [
        'disconnected, false',
        'exit 0 null true true',
        'Oh, it was just voluntary – no need to worry',
      ])
      assert.equal(program.stderr, '')
    })

    it('disconnect: a worker whose connections never end is killed', async () => {
      await using program = new Program('official-shutdown.cjs', cluster, { GRACEFUL: 'no', PATIENCE: '300' })
      const [port] = await program.prints(/^listening on (\d+), 4$/m)
      const client = net
        .connect(Number(port), '127.0.0.1')
        .resume()
        .on('error', () => {})
      await once(client, 'close')
      assert.deepEqual(await program.ended(), { code: 0, signal: null })
      assert.equal(program.lines[1], 'it does not end')
      assert.deepEqual(
        program.lines.slice(2).filter((line) => line.startsWith('exit')),
        ['exit null SIGTERM true true'],
      )
      assert.equal(program.stderr, '')
    })

    it('setupPrimary: each worker has the settings of its time', async () => {
      await using program = new Program('official-settings.cjs', cluster)
      assert.deepEqual(await program.ended(), { code: 0, signal: null })
      assert.deepEqual(program.lines.toSorted(), [
        'I heard worker uses --use=https, no colour',
        'settings --use,http official-settings-worker.cjs',
        // Once by the call, and once by the fork.
        'setup --use,http',
        'setup --use,http',
        'setup --use,https',
        'setup --use,https',
        'worker uses --use=http, green',
      ])
      assert.equal(program.stderr, '')
    })
  })
}

async function hello(port: number): Promise<boolean> {
  using client = await HttpClient.connect(port)
  const { status, body } = await client.get('/', 'close')
  assert.deepEqual([status, body.toString()], [200, 'hello world\n'])
  return true
}
