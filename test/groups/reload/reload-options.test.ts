import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseReload } from '@manifold/groups/internal'

describe('options of a reload', () => {
  test('have defaults', () => {
    assert.deepEqual(parseReload(), { batch: 1, surge: true, canaryMs: 0, change: undefined })
    assert.deepEqual(parseReload({ exec: undefined }).change, undefined)
  })

  test('name what the new release changes', () => {
    const exec = new URL('file:///srv/web.js')
    assert.deepEqual(parseReload({ exec, env: { A: '1' } }).change, { exec: '/srv/web.js', env: { A: '1' } })
    assert.deepEqual(parseReload({ args: [], cwd: '/srv' }).change, { args: [], cwd: '/srv' })
  })

  for (const [options, option] of [
    [null, 'reload'],
    [[], 'reload'],
    [{ bach: 2 }, 'reload.bach'],
    [{ workers: 2 }, 'reload.workers'],
    [{ batch: 0 }, 'reload.batch'],
    [{ batch: '2' }, 'reload.batch'],
    [{ surge: 1 }, 'reload.surge'],
    [{ canaryMs: -1 }, 'reload.canaryMs'],
    [{ exec: '' }, 'reload.exec'],
    [{ exec: new URL('http://localhost/web.js') }, 'reload.exec'],
    [{ args: 'one' }, 'reload.args'],
    [{ env: { A: 1 } }, 'reload.env.A'],
    [{ cwd: 5 }, 'reload.cwd'],
  ] as const) {
    test(`refuse ${JSON.stringify(options)}, naming ${option}`, () => {
      assert.throws(() => parseReload(options), { code: 'ERR_MANIFOLD_OPTION', option })
    })
  }
})
