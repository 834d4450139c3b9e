import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { getOnce } from '../../e2e/http-client.js'
import { assertNoLeaks, isAlive, snapshot } from '../../helpers/leaks.js'
import { flavours, Program } from './program.js'

const before = snapshot()
after(() => assertNoLeaks(before))

for (const cluster of flavours) {
  describe(`throng under ${cluster}`, () => {
    it('keeps as many workers, and ends them on SIGTERM in order', async () => {
      await using program = new Program('throng.cjs', cluster, { PORT: '0' })
      await program.prints(/^worker \d+ listens on/m, 2)
      const [port] = program.all(/ listens on (\d+)$/gm)
      assert.equal(program.lines[0], 'the master starts')
      assert.deepEqual(program.all(/^worker (\d) of a cluster$/gm).toSorted(), ['1', '2'])

      const { pid } = await getOnce(Number(port))
      process.kill(pid, 'SIGKILL')
      await program.prints(/^worker 3 of a cluster$/m)
      const listening = await program.prints(/^worker (\d+) listens on/m, 3)
      await program.until('the new one answers', async () => {
        const { pid } = await getOnce(Number(port))
        return pid === Number(listening[2])
      })

      const workers = program.workers.map(({ pid }) => pid)
      assert.equal(workers.length, 2)
      program.signal('SIGTERM')
      assert.deepEqual(await program.ended(), { code: 0, signal: null })
      assert.ok(!workers.some(isAlive))
      assert.equal(program.all(/^worker \d cleans up$/gm).length, 2)
      assert.deepEqual(program.all(/^worker \d (exits with \d)$/gm), ['exits with 0', 'exits with 0'])
      assert.equal(program.stderr, '')
    })
  })
}
