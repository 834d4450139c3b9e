import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { byCookie, byHeader } from '@manifold/groups/internal'

const HEAD = [
  'GET /socket.io/?EIO=4 HTTP/1.1',
  'Host: example.test',
  'x-FORWARDED-for: 203.0.113.7, 198.51.100.1',
  'Cookie: theme=dark; sid=a=b ; other=sid',
  '',
  'Cookie: sid=of-the-body',
].join('\r\n')

/** What is found once each byte more has come; undefined while more is needed. */
function found(search: ReturnType<typeof byHeader>, text: string) {
  const bytes = Buffer.from(text, 'latin1')
  for (let length = 0; length <= bytes.length; length++) {
    const result = search(bytes.subarray(0, length))
    if (result) return { key: result.key, after: bytes.subarray(0, length).toString('latin1') }
  }
  return undefined
}

describe('by a header', () => {
  test('the first item of a list counts, as soon as its line has ended', () => {
    const result = found(byHeader('X-Forwarded-For'), HEAD)
    assert.equal(result?.key, '203.0.113.7')
    assert.ok(result?.after.endsWith('198.51.100.1\r\n'))
  })

  test('without it nothing is found, and known at the end of the head', () => {
    const result = found(byHeader('X-Real-IP'), HEAD)
    assert.equal(result?.key, undefined)
    assert.ok(result?.after.endsWith('\r\n\r\n'))
  })

  test('an empty one counts for nothing', () => {
    assert.equal(found(byHeader('x-id'), 'GET / HTTP/1.0\r\nx-id:  \r\n\r\n')?.key, undefined)
    assert.equal(found(byHeader('x-id'), 'GET / HTTP/1.0\r\nx-id:\r\nX-ID: 7\r\n\r\n')?.key, '7')
  })
})

describe('by a cookie', () => {
  test('its whole value counts, also with = in it', () => {
    assert.equal(found(byCookie('sid'), HEAD)?.key, 'a=b')
  })

  test('not that of another whose name ends so, nor one in the body', () => {
    assert.equal(found(byCookie('id'), HEAD)?.key, undefined)
    const body = 'POST / HTTP/1.1\r\nHost: a\r\n\r\nCookie: sid=7\r\n\r\n'
    assert.equal(found(byCookie('sid'), body)?.key, undefined)
  })

  test('it may be in a second header of that name', () => {
    assert.equal(found(byCookie('sid'), 'GET / HTTP/1.1\r\nCookie: a=1\r\ncookie: sid=2\r\n\r\n')?.key, '2')
  })
})

describe('what is not HTTP/1.1 is known as soon as can be', () => {
  for (const [what, text, after] of [
    ['a TLS handshake', '\x16\x03\x01\x02\x00', 1],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 16],
    ['another protocol', 'EHLO example.test\r\n', 19],
  ] as const) {
    test(what, () => {
      const result = found(byHeader('x-id'), text)
      assert.deepEqual([result?.key, result?.after.length], [undefined, after])
    })
  }
})
