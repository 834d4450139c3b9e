import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { usableCpus } from '@manifold/groups/internal'

/** A file system that holds just these files. */
const files = (texts: Record<string, string>) => (path: string) => texts[path]

const unified = (limit: string) => files({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': limit })
const legacy = (quota: string, period: string) =>
  files({
    '/proc/self/cgroup': '4:cpu,cpuacct:/docker/abc\n0::/\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': quota,
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': period,
  })

test('without a quota there are as many as the processors', () => {
  assert.equal(usableCpus(8, files({})), 8)
  assert.equal(usableCpus(8, unified('max 100000\n')), 8)
  assert.equal(usableCpus(8, legacy('-1\n', '100000\n')), 8)
})

test('a quota of cgroup v2 counts', () => {
  assert.equal(usableCpus(8, unified('200000 100000\n')), 2)
  assert.equal(usableCpus(8, unified('300000 50000\n')), 6)
})

test('a quota of cgroup v1 counts', () => {
  assert.equal(usableCpus(8, legacy('400000\n', '100000\n')), 4)
})

test('part of a processor is rounded up', () => {
  assert.equal(usableCpus(8, unified('150000 100000\n')), 2)
  assert.equal(usableCpus(8, unified('10000 100000\n')), 1)
  assert.equal(usableCpus(8, legacy('250000\n', '100000\n')), 3)
})

test('a quota that is larger than the machine changes nothing', () => {
  assert.equal(usableCpus(2, unified('800000 100000\n')), 2)
})

test('the quota of our own group counts where it can be seen', () => {
  const texts = {
    '/proc/self/cgroup': '1:name=systemd:/x\n0::/app.slice/web.service\n',
    '/sys/fs/cgroup/app.slice/web.service/cpu.max': '300000 100000\n',
    '/sys/fs/cgroup/cpu.max': 'max 100000\n',
  }
  assert.equal(usableCpus(8, files(texts)), 3)
})

test('inside a container our own group is the root of what can be seen', () => {
  const texts = { '/proc/self/cgroup': '0::/docker/abc\n', '/sys/fs/cgroup/cpu.max': '100000 100000\n' }
  assert.equal(usableCpus(8, files(texts)), 1)
})

test('what makes no sense is no quota', () => {
  for (const limit of ['', 'garbage', '0 100000', '100000 0', '-5 100000']) {
    assert.equal(usableCpus(8, unified(limit)), 8, limit)
  }
  assert.equal(usableCpus(8, files({ '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000' })), 8)
})

test('there is always one', () => {
  assert.equal(usableCpus(0, files({})), 1)
})

test('this machine has at least one, and no more than the processors that we may run on', () => {
  const cpus = usableCpus()
  assert.ok(Number.isInteger(cpus) && cpus >= 1 && cpus <= availableParallelism())
})

test('a quota of a group that holds ours counts as well', () => {
  const texts = {
    '/proc/self/cgroup': '0::/pod/web\n',
    '/sys/fs/cgroup/pod/web/cpu.max': '600000 100000\n',
    '/sys/fs/cgroup/pod/cpu.max': '200000 100000\n',
  }
  assert.equal(usableCpus(8, files(texts)), 2)
})
