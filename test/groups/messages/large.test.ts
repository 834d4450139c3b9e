import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { assertNoLeaks, snapshot } from '../../helpers/leaks.js'
import { ask, startMessengers } from './messengers.js'

const before = snapshot()
after(() => assertNoLeaks(before))

const LARGE_BYTES = 50_000_000

describe('50 MB', () => {
  for (const serialization of ['json', 'advanced'] as const) {
    test(`cross by link, by the master and from it, with ${serialization} serialization`, async (t) => {
      const master = await startMessengers(t, { web: { serialization }, store: { serialization } })
      const kind = serialization === 'json' ? 'text' : 'bytes'
      const payload = kind === 'text' ? 'x'.repeat(LARGE_BYTES) : Buffer.alloc(LARGE_BYTES, 1)
      const limits = { timeoutMs: 120_000 }
      const web = master.group('web')
      assert.equal(await web.call('length', payload, limits), LARGE_BYTES)
      const answer = (await web.call('make', [LARGE_BYTES, kind], limits)) as string | Uint8Array
      assert.equal(answer.length, LARGE_BYTES)
      for (const via of ['link', 'master'] as const) {
        const call = ['store', 'length', payload, { ...limits, via }]
        assert.equal(await web.call('ask', call, limits), LARGE_BYTES)
        const made = (await ask(master, 'web', 'store', 'make', [LARGE_BYTES, kind], { via })) as string
        assert.equal(made.length, LARGE_BYTES)
      }
    })
  }
})
