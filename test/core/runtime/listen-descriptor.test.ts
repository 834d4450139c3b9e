import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { HeldSocket, type SocketSpec } from '@manifold/core/internal'
import { forkFixture, heard } from '../../helpers/fixture.js'
import { pidBehind, pidOfDatagram } from './clients.js'
import { policies } from './listen-hosts.js'

const host = '127.0.0.1'
const tcp: SocketSpec = { type: 'tcp', port: 0, host, ipv6Only: false, backlog: 5 }
const udp: SocketSpec = {
  ...{ type: 'udp', port: 0, host, family: 4, ipv6Only: false, reuseAddr: false },
  ...{ recvBufferBytes: undefined, sendBufferBytes: undefined },
}

/** Where the descriptor is in the process that listens, or in its master. */
const FD = 5

describe('a server listens on a descriptor', () => {
  for (const host of ['bare Node', ...policies]) {
    test(`TCP: listen({ fd }), ${inWords(host)}`, async (t) => {
      const { address, child } = await start(t, tcp, host, ['tcp', { fd: FD }])
      const said = await heard<AddressInfo>(child)
      assert.deepEqual(said, { address: '127.0.0.1', family: 'IPv4', port: address.port })
      await pidBehind({ port: address.port, host: '127.0.0.1' })
    })
  }

  for (const host of ['bare Node', 'shared']) {
    test(`UDP: bind({ fd }), ${inWords(host)}`, async (t) => {
      const { address, child } = await start(t, udp, host, ['udp', { fd: FD }])
      assert.deepEqual(await heard(child), { address: '127.0.0.1', family: 'IPv4', port: address.port })
      await pidOfDatagram(address.port)
    })
  }
})

function inWords(host: string): string {
  return host === 'bare Node'
    ? 'under bare Node'
    : `in a worker by the number that its master has for it (${host})`
}

async function start(t: import('node:test').TestContext, spec: SocketSpec, host: string, args: unknown[]) {
  const held = await HeldSocket.hold('inherited', spec)
  t.after(() => held.close())
  const { fd } = held.handle as { fd?: number }
  const stdio = [
    'ignore',
    'inherit',
    'inherit',
    'ipc',
    'ignore',
    fd!,
  ] as import('node:child_process').StdioOptions
  const argument = JSON.stringify(args)
  const child =
    host === 'bare Node'
      ? forkFixture(t, 'listen/listen-on', [argument], { stdio })
      : forkFixture(t, 'listen/master-of-listen-on', [host, argument], { stdio })
  return { address: held.address as unknown as AddressInfo, child }
}
