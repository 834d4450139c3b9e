import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Master } from '@manifold/groups'
import { fixture, forkFixture } from '../../helpers/fixture.js'
import { policies } from './listen-hosts.js'

const cases: readonly [act: string, lives: boolean][] = [
  ['nothing', true],
  ['unref', false],
  ['unref first', false],
  ['unref, ref', true],
  ['close', false],
]

describe('a process that has let go of its channel lives as long as its server keeps it alive:', () => {
  for (const [act, lives] of cases) {
    test(`${act}, under bare Node`, async (t) => {
      const child = forkFixture(t, 'listen/let-go', [act])
      const outcome = await new Promise((resolve) => {
        child.once('message', resolve)
        child.once('exit', resolve)
      })
      assert.equal(outcome, lives ? 'alive' : 0)
    })

    for (const policy of policies) {
      test(`${act}, in a worker (${policy})`, async (t) => {
        const exec = fixture('listen/let-go')
        const master = new Master({ groups: { web: { exec, args: [act], policy, drainTimeoutMs: 500 } } })
        t.after(() => master.stop())
        const outcome = new Promise((resolve) => {
          master.once('message', (_worker, message) => resolve(message))
          master.once('exit', (_worker, reason) => resolve(reason))
        })
        // It fails where the process ends at once.
        master.start().catch(() => {})
        assert.deepEqual(await outcome, lives ? 'alive' : { type: 'exited', code: 0, asked: false })
      })
    }
  }
})
