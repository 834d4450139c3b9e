import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SocketAddress } from '@manifold/core'
import { AddressBook, isWildcard, overlaps } from '@manifold/groups/internal'

const tcp = (address: string, port: number): SocketAddress => inet('tcp', address, port)
const udp = (address: string, port: number): SocketAddress => inet('udp', address, port)
const unix = (path: string): SocketAddress => ({ type: 'unix', path })

function inet(type: 'tcp' | 'udp', address: string, port: number): SocketAddress {
  return { type, address, family: address.includes(':') ? 'IPv6' : 'IPv4', port }
}

describe('two addresses overlap', () => {
  const pairs: readonly [why: string, one: SocketAddress, other: SocketAddress, overlap: boolean][] = [
    ['if they are the same', tcp('127.0.0.1', 80), tcp('127.0.0.1', 80), true],
    ['if one is every IPv4 address', tcp('0.0.0.0', 80), tcp('127.0.0.1', 80), true],
    ['if one is every address', tcp('::', 80), tcp('127.0.0.1', 80), true],
    ['if one is every address, also for IPv6', tcp('::', 80), tcp('::1', 80), true],
    ['if both are every address', tcp('::', 80), tcp('0.0.0.0', 80), true],
    ['not if the ports differ', tcp('::', 80), tcp('::', 81), false],
    ['not if the hosts differ', tcp('127.0.0.1', 80), tcp('127.0.0.2', 80), false],
    ['not if one is IPv4 and the other IPv6', tcp('127.0.0.1', 80), tcp('::1', 80), false],
    ['not if one is every IPv4 address and the other one of IPv6', tcp('0.0.0.0', 80), tcp('::1', 80), false],
    ['not if one is TCP and the other UDP', tcp('::', 53), udp('::', 53), false],
    ['if both are UDP on the same address', udp('0.0.0.0', 53), udp('127.0.0.1', 53), true],
    ['if the paths are the same', unix('/run/a'), unix('/run/a'), true],
    ['not if the paths differ', unix('/run/a'), unix('/run/b'), false],
    ['not if one is a path and the other a port', unix('/run/a'), tcp('::', 80), false],
  ]
  for (const [why, one, other, overlap] of pairs) {
    test(why, () => assert.deepEqual([overlaps(one, other), overlaps(other, one)], [overlap, overlap]))
  }
})

test('every way to write every address is known', () => {
  for (const address of [null, undefined, '', '::', '0.0.0.0']) assert.equal(isWildcard(address), true)
  for (const address of ['127.0.0.1', '::1', 'localhost']) assert.equal(isWildcard(address), false)
})

describe('the address book', () => {
  test('refuses an address that another group has, naming both groups and both addresses', () => {
    const book = new AddressBook()
    book.enter('web', 'http', tcp('0.0.0.0', 8080))
    assert.throws(() => book.enter('admin', 'status', tcp('127.0.0.1', 8080)), {
      code: 'ERR_MANIFOLD_ADDRESS_TAKEN',
      message: "socket 'status' of group 'admin' wants 127.0.0.1:8080, but group 'web' has 0.0.0.0:8080",
    })
  })

  test('refuses a path that another group has', () => {
    const book = new AddressBook()
    book.enter('web', 'local', unix('\0web'))
    assert.throws(() => book.enter('admin', 'local', unix('\0web')), {
      code: 'ERR_MANIFOLD_ADDRESS_TAKEN',
      message: "socket 'local' of group 'admin' wants @web, but group 'web' has @web",
    })
  })

  test('does not enter what it refuses', () => {
    const book = new AddressBook()
    book.enter('web', 'http', tcp('127.0.0.1', 80))
    assert.throws(() => book.enter('admin', 'http', tcp('0.0.0.0', 80)), {
      code: 'ERR_MANIFOLD_ADDRESS_TAKEN',
    })
    book.enter('admin', 'http', tcp('127.0.0.2', 80))
  })

  test('gives an address to somebody else once it was given back', () => {
    const book = new AddressBook()
    book.enter('web', 'http', tcp('::', 80))
    book.enter('web', 'udp', udp('::', 80))
    book.remove(tcp('::', 80))
    book.enter('admin', 'http', tcp('127.0.0.1', 80))
    assert.throws(() => book.enter('admin', 'udp', udp('::', 80)), { code: 'ERR_MANIFOLD_ADDRESS_TAKEN' })
  })

  test('lets IPv4 go beside every IPv6 address, if that is for IPv6 only', () => {
    for (const [first, second, third] of [
      [tcp('0.0.0.0', 80), tcp('::', 80), tcp('::1', 80)],
      [tcp('::', 80), tcp('127.0.0.1', 80), tcp('::1', 80)],
      [udp('0.0.0.0', 80), udp('::', 80), udp('::1', 80)],
    ] as const) {
      const book = new AddressBook()
      for (const [name, address] of [
        ['a', first],
        ['b', second],
      ] as const) {
        book.enter('web', name, address, { ipv6Only: address.type !== 'unix' && address.address === '::' })
      }
      assert.throws(() => book.enter('admin', 'c', third), { code: 'ERR_MANIFOLD_ADDRESS_TAKEN' })
    }
  })

  test('does not mind when an address is given back that nobody had', () => {
    const book = new AddressBook()
    book.remove(tcp('::', 80))
    book.enter('web', 'http', tcp('::', 80))
  })
})
