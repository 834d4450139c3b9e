import assert from 'node:assert/strict'
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { memoryUse } from '@manifold/health/internal'
import { forkFixture, heard, temporaryDirectory } from '../../helpers/fixture.js'

/** A directory of real files in place of the root. */
function root(t: TestContext, files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory(t)
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(directory, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return directory
}

const group = (max: string, current: string, inactive: string, under = 'sys/fs/cgroup') => ({
  [`${under}/memory.max`]: `${max}\n`,
  [`${under}/memory.current`]: `${current}\n`,
  [`${under}/memory.stat`]: `anon 1\ninactive_anon 5\ninactive_file ${inactive}\nactive_file 7\n`,
})

describe('the memory of a container', () => {
  test('is what the kernel cannot drop (cgroup v2)', async (t) => {
    const files = { 'proc/self/cgroup': '0::/\n', ...group('1000', '700', '200') }
    assert.deepEqual(await memoryUse(root(t, files)), { usedBytes: 500, limitBytes: 1_000 })
  })

  test('is not known without a limit', async (t) => {
    for (const files of [{}, { 'proc/self/cgroup': '0::/\n', ...group('max', '700', '200') }])
      assert.equal(await memoryUse(root(t, files)), undefined)
  })

  test('is that of the group which is nearest to its limit, also of one that holds ours', async (t) => {
    const files = {
      'proc/self/cgroup': '0::/pod/web\n',
      ...group('1000', '500', '0', 'sys/fs/cgroup/pod/web'),
      ...group('2000', '1900', '0', 'sys/fs/cgroup/pod'),
      ...group('max', '99999', '0'),
    }
    assert.deepEqual(await memoryUse(root(t, files)), { usedBytes: 1_900, limitBytes: 2_000 })
  })

  test('inside a container, our path may be one that we cannot see', async (t) => {
    for (const own of ['/docker/abc', '/../other'])
      assert.deepEqual(
        await memoryUse(root(t, { 'proc/self/cgroup': `0::${own}\n`, ...group('1000', '10', '0') })),
        { usedBytes: 10, limitBytes: 1_000 },
      )
  })

  test('is slowed down from memory.high on', async (t) => {
    const files = {
      ...{ 'proc/self/cgroup': '0::/\n', ...group('1000', '700', '0') },
      'sys/fs/cgroup/memory.high': '800\n',
    }
    assert.equal((await memoryUse(root(t, files)))?.limitBytes, 800)
  })

  test('has other names in cgroup v1, with what is below', async (t) => {
    const under = 'sys/fs/cgroup/memory/docker/abc'
    const files = {
      'proc/self/cgroup': '5:devices:/x\n4:memory:/docker/abc\n1:name=systemd:/y\n0::/\n',
      [`${under}/memory.limit_in_bytes`]: '4000\n',
      [`${under}/memory.usage_in_bytes`]: '3000\n',
      [`${under}/memory.stat`]: 'inactive_file 1\ntotal_inactive_file 500\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/fs/cgroup/memory/memory.usage_in_bytes': '999999\n',
    }
    assert.deepEqual(await memoryUse(root(t, files)), { usedBytes: 2_500, limitBytes: 4_000 })
  })

  test('is read of a real group, where one can be made', async (t) => {
    const limitBytes = 200 * 2 ** 20
    const directory = makeGroup(limitBytes)
    if (!directory) {
      t.skip('no control group can be made here')
      return
    }
    const child = forkFixture(t, 'health/report-memory-use', [directory])
    t.after(() => rmdirSync(directory)) // once the process has ended
    const use = await heard<{ usedBytes: number; limitBytes: number }>(child)
    assert.equal(use.limitBytes, limitBytes)
    assert.ok(use.usedBytes > 2 ** 20 && use.usedBytes < limitBytes, String(use.usedBytes))
  })
})

/** A control group with a limit; undefined where we may not make one. */
function makeGroup(limitBytes: number): string | undefined {
  for (const [parent, file] of [
    ['/sys/fs/cgroup', 'memory.max'],
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
  ] as const) {
    const directory = `${parent}/manifold-test-${process.pid}`
    try {
      mkdirSync(directory)
    } catch {
      continue
    }
    try {
      writeFileSync(`${directory}/${file}`, String(limitBytes), { flag: 'r+' })
      return directory
    } catch {
      rmdirSync(directory) // memory is counted in the other tree
    }
  }
  return undefined
}
