import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { byProxyProtocol } from '@manifold/groups/internal'

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
const REQUEST = 'GET / HTTP/1.1\r\n\r\n'

function version2(command: number, family: number, body: readonly number[]): Buffer {
  const fixed = [...SIGNATURE, 0x20 | command, (family << 4) | 1, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([...fixed, ...body]), Buffer.from(REQUEST)])
}

const ipv4 = version2(1, 1, [203, 0, 113, 7, 10, 0, 0, 1, 0x9c, 0x40, 0x01, 0xbb])
// A proxy may add what it likes behind the addresses.
const ipv6 = version2(1, 2, [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7],
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0x9c, 0x40, 0x01, 0xbb, 0x04, 0x00, 0x01, 0xff],
])
const line = (text: string) => Buffer.from(`${text}\r\n${REQUEST}`)

const CLIENTS = [
  ['version 1, IPv4', line('PROXY TCP4 203.0.113.7 10.0.0.1 40000 443'), '203.0.113.7', 'IPv4'],
  ['version 1, IPv6', line('PROXY TCP6 2001:db8::7 2001:db8::1 40000 443'), '2001:db8::7', 'IPv6'],
  ['version 2, IPv4', ipv4, '203.0.113.7', 'IPv4'],
  ['version 2, IPv6', ipv6, '2001:db8:0:0:0:0:0:7', 'IPv6'],
] as const

const STRANGERS = [
  ['version 1, UNKNOWN', line('PROXY UNKNOWN')],
  ['version 2, LOCAL', version2(0, 0, [])],
  ['version 2, a Unix socket', version2(1, 3, new Array(216).fill(0))],
] as const

describe('the client that a proxy names', () => {
  for (const [what, bytes, address, family] of CLIENTS) {
    test(what, () => {
      const length = bytes.length - REQUEST.length
      for (const strip of [false, true]) {
        const search = byProxyProtocol(strip)
        for (let sent = 0; sent < length; sent++) assert.equal(search(bytes.subarray(0, sent)), undefined)
        const peer = { address, family, port: 40_000 }
        assert.deepEqual(search(bytes), strip ? { key: address, strip: length, peer } : { key: address })
      }
    })
  }

  for (const [what, bytes] of STRANGERS) {
    test(`${what}: nobody, and the header is taken off all the same`, () => {
      const length = bytes.length - REQUEST.length
      assert.deepEqual(byProxyProtocol(true)(bytes), { key: undefined, strip: length })
      assert.deepEqual(byProxyProtocol(false)(bytes), { key: undefined })
    })
  }
})

describe('what is no header tells nothing, and loses nothing', () => {
  for (const [what, bytes] of [
    ['a request', Buffer.from(REQUEST)],
    ['one that begins alike', Buffer.from('PROPFIND / HTTP/1.1\r\n')],
    ['a line that is too long', Buffer.from(`PROXY TCP4 ${'1'.repeat(120)}`)],
    ['an address that is none', line('PROXY TCP4 localhost 10.0.0.1 40000 443')],
  ] as const) {
    test(what, () => assert.deepEqual(byProxyProtocol(true)(bytes), { key: undefined }))
  }
})
