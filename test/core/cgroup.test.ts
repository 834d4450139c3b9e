import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cgroupDirectories } from '@manifold/core/internal'

const ROOT = '/sys/fs/cgroup'

test('the directories of a control group are its own, and those above it', () => {
  assert.deepEqual(cgroupDirectories('memory', '0::/app.slice/web.service\n'), {
    unified: [`${ROOT}/app.slice/web.service`, `${ROOT}/app.slice`, ROOT],
    legacy: [`${ROOT}/memory`],
  })
})

test('each controller of cgroup v1 has a tree of its own', () => {
  const membership = '12:memory:/docker/abc\n3:cpu,cpuacct:/x\n1:name=systemd:/y\n0::/\n'
  assert.deepEqual(cgroupDirectories('memory', membership).legacy, [
    `${ROOT}/memory/docker/abc`,
    `${ROOT}/memory/docker`,
    `${ROOT}/memory`,
  ])
  assert.deepEqual(cgroupDirectories('cpu', membership).legacy, [`${ROOT}/cpu/x`, `${ROOT}/cpu`])
  assert.deepEqual(cgroupDirectories('cpu', membership).unified, [ROOT])
})

test('a group outside of what we see leaves the root; and so does knowing nothing', () => {
  for (const membership of ['0::/../../other\n', '0::/\n', '', 'garbage']) {
    assert.deepEqual(cgroupDirectories('memory', membership).unified, [ROOT])
  }
})
