import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SocketAddress } from '@manifold/core'
import { DEFAULT_BACKLOG, IPV6_ONLY, type ListenQuery, parseSocket } from '@manifold/core/internal'
import { addressOf, areTwins, closeness, keyOf, serves, specOf } from '@manifold/groups/internal'

/** What `net` asks for a server; `dgram` gives other types. */
const query = (more: Partial<ListenQuery> = {}): ListenQuery => ({
  ...{ address: null, port: 8080, addressType: 4, fd: undefined, flags: 0 },
  ...more,
})

const buffers = { recvBufferBytes: undefined, sendBufferBytes: undefined }

describe('what a server asks for becomes the specification of a socket:', () => {
  const cases: readonly [what: string, asked: Partial<ListenQuery>, spec: object][] = [
    ['a port', {}, { type: 'tcp', port: 8080, host: null, ipv6Only: false, backlog: DEFAULT_BACKLOG }],
    [
      'a port and a host, with a backlog',
      { address: '127.0.0.1', backlog: 5 },
      { type: 'tcp', port: 8080, host: '127.0.0.1', ipv6Only: false, backlog: 5 },
    ],
    [
      'IPv6 only',
      { address: '::', addressType: 6, flags: IPV6_ONLY },
      { type: 'tcp', port: 8080, host: '::', ipv6Only: true, backlog: DEFAULT_BACKLOG },
    ],
    [
      'no port at all',
      { port: null, flags: null },
      { type: 'tcp', port: 0, host: null, ipv6Only: false, backlog: DEFAULT_BACKLOG },
    ],
    [
      'a path',
      { address: '/run/web.sock', port: -1, addressType: -1 },
      { type: 'unix', path: '/run/web.sock', mode: undefined, backlog: DEFAULT_BACKLOG },
    ],
    ['a descriptor', { fd: 5, port: null, addressType: null }, { type: 'fd', fd: 5, transport: 'stream' }],
    ['a UDP descriptor', { fd: 5, port: null, addressType: 'udp4' }, { type: 'fd', fd: 5, transport: 'udp' }],
    [
      'udp4',
      { address: '0.0.0.0', addressType: 'udp4' },
      {
        ...{ type: 'udp', port: 8080, host: '0.0.0.0', family: 4, ipv6Only: false, reuseAddr: false },
        ...buffers,
      },
    ],
    [
      'udp6 with all its flags',
      { address: '::', addressType: 'udp6', flags: IPV6_ONLY | 4 },
      {
        ...{ type: 'udp', port: 8080, host: '::', family: 6, ipv6Only: true, reuseAddr: true },
        ...buffers,
      },
    ],
  ]
  for (const [what, asked, spec] of cases) {
    test(what, () => assert.deepEqual(specOf(query(asked)), spec))
  }
})

test('the same question of two workers has the same key, and a different one another', () => {
  const questions = [
    query(),
    query({ port: 8081 }),
    query({ address: '127.0.0.1' }),
    query({ address: '::', addressType: 6 }),
    query({ address: '0.0.0.0', addressType: 'udp4' }),
    query({ address: '/run/web.sock', port: -1, addressType: -1 }),
    query({ port: null, addressType: null, fd: 3 }),
    query({ port: null, addressType: null, fd: 4 }),
  ]
  assert.equal(new Set(questions.map(keyOf)).size, questions.length)
  for (const question of questions) assert.equal(keyOf(question), keyOf({ ...question, backlog: 1 }))
})

describe('a declared socket', () => {
  /** Whether what is declared, and was bound to that address, serves a question. */
  const serving = (declared: unknown, address: SocketAddress, asked: Partial<ListenQuery>) =>
    serves({ spec: parseSocket('listen.http', declared), address }, query(asked))

  const everywhere: SocketAddress = { type: 'tcp', address: '::', family: 'IPv6', port: 8080 }
  const local: SocketAddress = { type: 'tcp', address: '127.0.0.1', family: 'IPv4', port: 8080 }
  const datagrams: SocketAddress = { type: 'udp', address: '0.0.0.0', family: 'IPv4', port: 8080 }
  const chosen: SocketAddress = { type: 'tcp', address: '127.0.0.1', family: 'IPv4', port: 40_123 }
  const path: SocketAddress = { type: 'unix', path: '/run/web.sock' }

  const cases: readonly [what: string, unknown, SocketAddress, Partial<ListenQuery>, boolean][] = [
    ['serves its port', 8080, everywhere, {}, true],
    ['serves no other port', 8080, everywhere, { port: 8081 }, false],
    ['on every address serves a server that names a host', 8080, everywhere, { address: '127.0.0.1' }, true],
    ['on one address serves a server that names none', '127.0.0.1:8080', local, {}, true],
    ['on one address serves every address', '127.0.0.1:8080', local, { address: '::', addressType: 6 }, true],
    ['on one address serves that one', '127.0.0.1:8080', local, { address: '127.0.0.1' }, true],
    [
      'wins over another host that the code names',
      '127.0.0.1:8080',
      local,
      { address: '::1', addressType: 6 },
      true,
    ],
    ['for TCP serves no UDP', 8080, everywhere, { address: '0.0.0.0', addressType: 'udp4' }, false],
    ['for UDP serves UDP', { udp: 8080 }, datagrams, { address: '0.0.0.0', addressType: 'udp4' }, true],
    [
      'for UDP and IPv4 serves no IPv6: Node has made the socket for one of them',
      { udp: 8080 },
      datagrams,
      { address: '::', addressType: 'udp6' },
      false,
    ],
    ['for UDP serves no TCP', { udp: 8080 }, datagrams, {}, false],
    ['with port 0 serves port 0', '127.0.0.1:0', chosen, { port: 0 }, true],
    ['with port 0 serves the port that it got', '127.0.0.1:0', chosen, { port: 40_123 }, true],
    ['with a fixed port does not serve port 0', 8080, everywhere, { port: 0 }, false],
    [
      'with a path serves that path',
      'unix:/run/web.sock',
      path,
      { address: '/run/web.sock', port: -1, addressType: -1 },
      true,
    ],
    [
      'with a path serves no other path',
      'unix:/run/web.sock',
      path,
      { address: '/run/x.sock', port: -1, addressType: -1 },
      false,
    ],
    ['with a path serves no port', 'unix:/run/web.sock', path, {}, false],
    [
      'with a port serves no path',
      8080,
      everywhere,
      { address: '/run/web.sock', port: -1, addressType: -1 },
      false,
    ],
    ['by descriptor serves that descriptor', { fd: 3 }, everywhere, { fd: 3, port: null }, true],
    ['by descriptor serves no other', { fd: 3 }, everywhere, { fd: 4, port: null }, false],
    ['by descriptor serves the port that it has', { fd: 3 }, everywhere, {}, true],
    ['with a port serves no descriptor', 8080, everywhere, { fd: 3, port: null }, false],
  ]
  for (const [what, declared, address, asked, expected] of cases) {
    test(what, () => assert.equal(serving(declared, address, asked), expected))
  }
})

test('of several declared sockets the closest is meant: the same address, then every address, then any', () => {
  const inet = (address: string): SocketAddress => ({
    ...{ type: 'tcp', address, family: address.includes(':') ? 'IPv6' : 'IPv4', port: 8080 },
  })
  const asked = query({ address: '127.0.0.1' })
  const order = ['10.0.0.1', '::', '127.0.0.1'].map((address) => closeness(inet(address), asked))
  assert.deepEqual(order, [0, 1, 2])
  assert.equal(closeness(inet('10.0.0.1'), query()), 1)
})

describe('two servers of one process may share a declared socket', () => {
  const v4 = (address: string) => query({ address })
  const v6 = (address: string | null, flags = 0) => query({ address, addressType: 6, flags })
  const pairs: readonly [what: string, one: ListenQuery, other: ListenQuery, twins: boolean][] = [
    ['if they are for both families of localhost', v4('127.0.0.1'), v6('::1'), true],
    ['if they are for both families of every address', v4('0.0.0.0'), v6('::', IPV6_ONLY), true],
    ['not if one takes in the other’s family as well', v4('0.0.0.0'), v6('::'), false],
    ['not if both are for IPv4', v4('127.0.0.1'), v4('127.0.0.1'), false],
    ['not if both are for IPv6', v6('::1'), v6('::1'), false],
    ['not if they name addresses that have nothing in common', v4('10.0.0.1'), v6('::1'), false],
    ['not if both name none', query(), query(), false],
  ]
  for (const [what, one, other, twins] of pairs) {
    test(what, () => assert.deepEqual([areTwins(one, other), areTwins(other, one)], [twins, twins]))
  }
})

describe('the address that a socket will have', () => {
  const cases: readonly [what: string, option: unknown, address: SocketAddress | undefined][] = [
    ['is every one for TCP', 80, { type: 'tcp', address: '::', family: 'IPv6', port: 80 }],
    ['is every IPv4 one for UDP', { udp: 53 }, { type: 'udp', address: '0.0.0.0', family: 'IPv4', port: 53 }],
    [
      'is the one that is named',
      '127.0.0.1:80',
      { type: 'tcp', address: '127.0.0.1', family: 'IPv4', port: 80 },
    ],
    ['is the path', 'unix:/run/web.sock', { type: 'unix', path: '/run/web.sock' }],
    ['is not known with port 0', 0, undefined],
    ['is not known for a name', 'localhost:80', undefined],
    ['is not known for a descriptor', { fd: 3 }, undefined],
  ]
  for (const [what, option, address] of cases) {
    test(what, () => assert.deepEqual(addressOf(parseSocket('listen.http', option)), address))
  }
})
