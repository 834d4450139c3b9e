import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatAddress, OptionError, type SocketAddress } from '@manifold/core'
import { formatSpec, MAX_PATH_BYTES, parseSocket, type SocketSpec } from '@manifold/core/internal'

const tcp = (port: number, host: string | null = null, more: object = {}) => ({
  ...{ type: 'tcp', port, host, ipv6Only: false, backlog: undefined },
  ...more,
})
const unix = (path: string, more: object = {}) => ({
  ...{ type: 'unix', path, mode: undefined, backlog: undefined },
  ...more,
})
const udp = (port: number, host: string | null = null, more: object = {}) => ({
  ...{ type: 'udp', port, host, family: 4, ipv6Only: false, reuseAddr: false },
  ...{ recvBufferBytes: undefined, sendBufferBytes: undefined },
  ...more,
})

const forms: readonly [form: string, value: unknown, spec: object][] = [
  ['a port', 8080, tcp(8080)],
  ['port 0', 0, tcp(0)],
  ['the highest port', 65_535, tcp(65_535)],
  ['host:port', 'localhost:8080', tcp(8080, 'localhost')],
  ['IPv4:port', '127.0.0.1:0', tcp(0, '127.0.0.1')],
  ['[IPv6]:port', '[::1]:8080', tcp(8080, '::1')],
  ['an object with a port', { port: 80 }, tcp(80)],
  [
    'an object with a port and everything',
    { port: 80, host: '::', ipv6Only: true, backlog: 16 },
    tcp(80, '::', { ipv6Only: true, backlog: 16 }),
  ],
  ['options that are undefined', { port: 80, host: undefined, backlog: undefined }, tcp(80)],
  ['unix:path', 'unix:/run/web.sock', unix('/run/web.sock')],
  ['unix:path, relative', 'unix:web.sock', unix('/srv/app/web.sock')],
  ['unix:@name', 'unix:@web', unix('\0web')],
  ['a path', { path: '/run/web.sock' }, unix('/run/web.sock')],
  ['a relative path', { path: '../web.sock' }, unix('/srv/web.sock')],
  [
    'a path with mode and backlog',
    { path: '/run/web.sock', mode: 0o660, backlog: 8 },
    unix('/run/web.sock', { mode: 0o660, backlog: 8 }),
  ],
  ['an abstract name with @', { path: '@web' }, unix('\0web')],
  ['an abstract name with NUL', { path: '\0web' }, unix('\0web')],
  ['a UDP port', { udp: 8125 }, udp(8125)],
  ['a UDP port on an IPv4 host', { udp: 0, host: '127.0.0.1' }, udp(0, '127.0.0.1')],
  [
    'a UDP port on an IPv6 host, with everything',
    { udp: 53, host: '::', ipv6Only: true, reuseAddr: true, recvBufferBytes: 65_536, sendBufferBytes: 1 },
    udp(53, '::', {
      family: 6,
      ipv6Only: true,
      reuseAddr: true,
      recvBufferBytes: 65_536,
      sendBufferBytes: 1,
    }),
  ],
  ['a UDP port for IPv6 only', { udp: 53, ipv6Only: true }, udp(53, null, { family: 6, ipv6Only: true })],
  ['a descriptor', { fd: 3 }, { type: 'fd', fd: 3, transport: 'stream' }],
  ['a UDP descriptor', { fd: 4, type: 'udp' }, { type: 'fd', fd: 4, transport: 'udp' }],
  ["systemd's", { systemd: 'web.socket' }, { type: 'systemd', name: 'web.socket', transport: 'stream' }],
  ["systemd's, UDP", { systemd: '1', type: 'udp' }, { type: 'systemd', name: '1', transport: 'udp' }],
]

describe('parseSocket reads', () => {
  for (const [form, value, spec] of forms) {
    test(form, () => assert.deepEqual(parseSocket('listen.http', value, '/srv/app'), spec))
  }
})

const ANY =
  "a port, 'host:port', 'unix:path', or an object with exactly one of 'port', 'path', 'udp', 'fd', 'systemd'"
const PORT = 'a whole number from 0 to 65535'
const TEXT = 'a string that is not empty and has no NUL'
const PATH = 'a path, or an abstract name that begins with NUL or @'
const FLAG = 'true or false'

const wrongForms: readonly [
  form: string,
  value: unknown,
  option: string,
  expected: string,
  wrong?: unknown,
][] = [
  ['nothing', undefined, 'listen.http', ANY],
  ['null', null, 'listen.http', ANY],
  ['true', true, 'listen.http', ANY],
  ['a list', [8080], 'listen.http', ANY],
  ['an empty object', {}, 'listen.http', ANY],
  ['a function', () => {}, 'listen.http', ANY],
  ['an empty string', '', 'listen.http', ANY],
  ['a port as a string', '8080', 'listen.http', ANY],
  ['no host', ':8080', 'listen.http', ANY],
  ['no port', 'localhost:', 'listen.http', ANY],
  ['an IPv6 address without brackets', '::1:8080', 'listen.http', ANY],
  ['brackets around what is no IPv6 address', '[localhost]:8080', 'listen.http', ANY],
  ['a URL', 'http://localhost:8080', 'listen.http', ANY],
  ['both a port and a path', { port: 1, path: 'x' }, 'listen.http', ANY],
  ['both a port and udp', { port: 1, udp: 1 }, 'listen.http', ANY],
  ['a negative port', -1, 'listen.http.port', PORT, -1],
  ['a port that is too high', 65_536, 'listen.http.port', PORT, 65_536],
  ['half a port', 80.5, 'listen.http.port', PORT, 80.5],
  ['no number', Number.NaN, 'listen.http.port', PORT, Number.NaN],
  ['a port that is too high in a string', 'localhost:99999', 'listen.http.port', PORT, 99_999],
  ['a port in an object as a string', { port: '80' }, 'listen.http.port', PORT, '80'],
  ['a port that is undefined', { port: undefined }, 'listen.http.port', PORT, undefined],
  ['an empty host', { port: 1, host: '' }, 'listen.http.host', TEXT, ''],
  ['a host that is null', { port: 1, host: null }, 'listen.http.host', TEXT, null],
  ['ipv6Only as a number', { port: 1, ipv6Only: 1 }, 'listen.http.ipv6Only', FLAG, 1],
  [
    'ipv6Only with an IPv4 host',
    { port: 1, host: '127.0.0.1', ipv6Only: true },
    'listen.http.ipv6Only',
    'left out, or false, with an IPv4 host',
    true,
  ],
  [
    'ipv6Only with an IPv4 host, for UDP',
    { udp: 1, host: '0.0.0.0', ipv6Only: true },
    'listen.http.ipv6Only',
    'left out, or false, with an IPv4 host',
    true,
  ],
  ['backlog 0', { port: 1, backlog: 0 }, 'listen.http.backlog', 'a whole number from 1 to 65535', 0],
  ['an empty path', { path: '' }, 'listen.http.path', PATH, ''],
  ['no path in a string', 'unix:', 'listen.http.path', PATH, ''],
  ['a path that is no string', { path: 1 }, 'listen.http.path', PATH, 1],
  ['a path with a NUL in it', { path: '/run/a\0b' }, 'listen.http.path', PATH, '/run/a\0b'],
  [
    'a mode that is too high',
    { path: 'x', mode: 0o1000 },
    'listen.http.mode',
    'a whole number from 0 to 511',
    512,
  ],
  [
    'a mode as a string',
    { path: 'x', mode: '660' },
    'listen.http.mode',
    'a whole number from 0 to 511',
    '660',
  ],
  [
    'an abstract name with a mode',
    { path: '@web', mode: 0o660 },
    'listen.http.mode',
    'left out: an abstract name has no mode',
    0o660,
  ],
  ['a UDP port that is too high', { udp: 65_536 }, 'listen.http.udp', PORT, 65_536],
  ['a UDP host that is a number', { udp: 1, host: 7 }, 'listen.http.host', TEXT, 7],
  ['reuseAddr as a string', { udp: 1, reuseAddr: 'yes' }, 'listen.http.reuseAddr', FLAG, 'yes'],
  [
    'a receive buffer of nothing',
    { udp: 1, recvBufferBytes: 0 },
    'listen.http.recvBufferBytes',
    'a whole number from 1 to 2147483647',
    0,
  ],
  [
    'a send buffer that is negative',
    { udp: 1, sendBufferBytes: -1 },
    'listen.http.sendBufferBytes',
    'a whole number from 1 to 2147483647',
    -1,
  ],
  ['a negative descriptor', { fd: -1 }, 'listen.http.fd', 'a whole number from 0 to 2147483647', -1],
  ['a descriptor of a wrong type', { fd: 3, type: 'tcp' }, 'listen.http.type', "'stream' or 'udp'", 'tcp'],
  ["systemd's without a name", { systemd: '' }, 'listen.http.systemd', TEXT, ''],
  ["systemd's of a wrong type", { systemd: 'a', type: 1 }, 'listen.http.type', "'stream' or 'udp'", 1],
  [
    'a misspelt option',
    { port: 1, hots: '::1' },
    'listen.http.hots',
    'left out (known here: port, host, ipv6Only, backlog)',
    '::1',
  ],
  [
    'an option of another kind',
    { udp: 1, backlog: 5 },
    'listen.http.backlog',
    'left out (known here: udp, host, ipv6Only, reuseAddr, recvBufferBytes, sendBufferBytes)',
    5,
  ],
]

describe('parseSocket refuses, naming option, expectation and value:', () => {
  for (const [form, value, option, expected, ...wrong] of wrongForms) {
    test(form, () => {
      assert.throws(
        () => parseSocket('listen.http', value, '/srv/app'),
        (error) => {
          assert.ok(error instanceof OptionError)
          const { name, code, option: named, expected: wanted, value: given, message } = error
          assert.deepEqual(
            { name, code, named, wanted, given },
            {
              ...{ name: 'OptionError', code: 'ERR_MANIFOLD_OPTION', named: option, wanted: expected },
              given: wrong.length > 0 ? wrong[0] : value,
            },
          )
          assert.ok(message.startsWith(`option '${option}' must be ${expected}, but is `), message)
          return true
        },
      )
    })
  }
})

describe('the path of a Unix socket', () => {
  const longest = `/${'x'.repeat(MAX_PATH_BYTES - 1)}`

  test('may be as long as the kernel can hold', () => {
    assert.deepEqual(parseSocket('listen.http', { path: longest }), unix(longest))
  })

  test('may not be longer', () => {
    assert.throws(() => parseSocket('listen.http', { path: `${longest}x` }), {
      code: 'ERR_MANIFOLD_OPTION',
      option: 'listen.http.path',
      message: new RegExp(
        `at most ${MAX_PATH_BYTES} bytes long as an absolute path.*here ${MAX_PATH_BYTES + 1}`,
      ),
    })
  })

  test('is measured in bytes', () => {
    const path = `/${'é'.repeat(MAX_PATH_BYTES / 2)}`
    assert.ok(path.length < MAX_PATH_BYTES && Buffer.byteLength(path) > MAX_PATH_BYTES - 1)
    assert.throws(() => parseSocket('listen.http', { path: `${path}é` }), { option: 'listen.http.path' })
  })

  test('is measured as an absolute path', () => {
    const directory = `/${'d'.repeat(MAX_PATH_BYTES - 4)}`
    assert.deepEqual(parseSocket('listen.http', 'unix:ab', directory), unix(`${directory}/ab`))
    assert.throws(() => parseSocket('listen.http', 'unix:abc', directory), { option: 'listen.http.path' })
  })
})

test('addresses are shown as people write them', () => {
  const shown = (address: SocketAddress) => formatAddress(address)
  assert.equal(shown({ type: 'tcp', address: '127.0.0.1', family: 'IPv4', port: 80 }), '127.0.0.1:80')
  assert.equal(shown({ type: 'tcp', address: '::', family: 'IPv6', port: 80 }), '[::]:80')
  assert.equal(shown({ type: 'udp', address: '0.0.0.0', family: 'IPv4', port: 53 }), 'udp 0.0.0.0:53')
  assert.equal(shown({ type: 'unix', path: '/run/web.sock' }), '/run/web.sock')
  assert.equal(shown({ type: 'unix', path: '\0web' }), '@web')
})

test('sockets that are not bound yet are shown as they were asked for', () => {
  const shown = (value: unknown) => formatSpec(parseSocket('listen.http', value, '/srv') as SocketSpec)
  assert.equal(shown(80), '*:80')
  assert.equal(shown('[::1]:80'), '[::1]:80')
  assert.equal(shown('localhost:80'), 'localhost:80')
  assert.equal(shown({ udp: 53 }), 'udp *:53')
  assert.equal(shown({ udp: 53, host: '::1' }), 'udp [::1]:53')
  assert.equal(shown('unix:web.sock'), '/srv/web.sock')
  assert.equal(shown('unix:@web'), '@web')
  assert.equal(shown({ fd: 3 }), 'descriptor 3')
  assert.equal(shown({ systemd: 'web' }), "systemd's socket 'web'")
})
