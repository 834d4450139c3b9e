import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SocketSpec } from '@manifold/core/internal'
import { parseSocket } from '@manifold/core/internal'
import { possible } from '@manifold/groups/internal'

const spec = (value: unknown): SocketSpec => parseSocket('listen', value, '/srv/app')

const tcp = spec({ port: 80 })
const datagrams = [spec({ udp: 53 }), spec({ fd: 3, type: 'udp' }), spec({ systemd: 'dns', type: 'udp' })]
const streams = [spec({ path: '/run/app.sock' }), spec({ fd: 3 }), spec({ systemd: 'web' })]
const sticky = { name: 'sticky', search: undefined, maxBytes: 1, timeoutMs: 1 } as const
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
