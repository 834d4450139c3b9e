import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SocketSpec } from '@manifold/core/internal'
import { parseSocket } from '@manifold/core/internal'
import { distribute, type PolicyConfig, parseGroup, possible } from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { PaperSocket, PaperWorker } from './paper-worker.js'

const spec = (value: unknown): SocketSpec => parseSocket('listen', value, '/srv/app')

const tcp = spec({ port: 80 })
const datagrams = [spec({ udp: 53 }), spec({ fd: 3, type: 'udp' }), spec({ systemd: 'dns', type: 'udp' })]
const streams = [spec({ path: '/run/app.sock' }), spec({ fd: 3 }), spec({ systemd: 'web' })]
const sticky = { name: 'sticky', search: undefined, strips: false, maxBytes: 1, timeoutMs: 1 } as const
const custom = { name: 'custom', make: () => assert.fail('nobody needs it yet') } as const
const chosen = [
  { name: 'shared' },
  { name: 'round-robin' },
  { name: 'least-connections' },
  sticky,
  custom,
] as const
const byKernel = [{ name: 'auto' }, { name: 'kernel' }] as const

describe('a policy comes down to', () => {
  test('the kernel’s on TCP where that spreads connections, if it is left to us or asked for', () => {
    for (const policy of byKernel) {
      assert.deepEqual(possible(policy, tcp, true), { name: 'kernel' })
      assert.deepEqual(possible(policy, tcp, false), { name: 'shared' })
    }
  })

  test('one shared socket where each slot cannot have one of its own', () => {
    for (const stream of streams) {
      for (const policy of byKernel) assert.deepEqual(possible(policy, stream, true), { name: 'shared' })
    }
  })

  test('itself on everything that is accepted', () => {
    for (const stream of [tcp, ...streams]) {
      for (const policy of chosen) assert.equal(possible(policy, stream, true), policy)
    }
  })

  test('one shared socket for all datagrams', () => {
    for (const datagram of datagrams) {
      for (const policy of [...byKernel, ...chosen]) {
        assert.deepEqual(possible(policy, datagram, true), { name: 'shared' })
      }
    }
  })
})

describe('with a guardian, a worker gets the socket of its master asleep', () => {
  function toldUnder(policy: unknown): readonly string[] {
    const clock = new FakeClock()
    const { policy: parsed } = parseGroup('web', { exec: 'web.js', policy: policy as 'sticky' })
    const worker = new PaperWorker(clock)
    const distribution = distribute(
      [new PaperSocket('tcp', 511).held],
      parsed as Exclude<PolicyConfig, { name: 'auto' }>,
      {
        ...{ clock, full: () => {}, guarded: true },
      },
    )
    void distribution.add(worker.seat())
    distribution.close()
    return worker.told
  }

  test('whatever the policy of the master', () => {
    for (const policy of ['round-robin', 'sticky', { sticky: 'proxy-protocol', strip: false }])
      assert.deepEqual(toldUnder(policy), ['attach 0'])
  })

  test('but where the master takes off what no worker can read', () => {
    assert.deepEqual(toldUnder({ sticky: 'proxy-protocol', strip: true }), [])
  })
})
