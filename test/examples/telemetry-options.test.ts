import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseOptions, UsageError } from '@manifold-examples/telemetry/options'

function refuses(argv: string, message: RegExp): void {
  it(`refuse '${argv}'`, () => {
    assert.throws(
      () => parseOptions(argv.split(' ')),
      (error) => error instanceof UsageError && message.test(error.message),
    )
  })
}

describe('the flags of the telemetry example', () => {
  it('have defaults', () => {
    assert.deepEqual(parseOptions([]), {
      http: 8080,
      statsdUdp: 8125,
      statsdTcp: 8126,
      admin: 9090,
      health: 9100,
      log: undefined,
      host: undefined,
      workers: 2,
      flushMs: 5_000,
      help: false,
    })
  })

  it('override them', () => {
    const argv =
      '--http 1 --statsd-udp 2 --statsd-tcp 3 --admin 4 --health 6 --log x --host ::1 --workers 5 --flush-ms 60 --help'
    assert.deepEqual(parseOptions(argv.split(' ')), {
      http: 1,
      statsdUdp: 2,
      statsdTcp: 3,
      admin: 4,
      health: 6,
      log: 'x',
      host: '::1',
      workers: 5,
      flushMs: 60,
      help: true,
    })
  })

  it('may all ask for any free port, and share a number between UDP and TCP', () => {
    const all = parseOptions('--http 0 --statsd-udp 0 --statsd-tcp 0 --admin 0 --health 0'.split(' '))
    assert.deepEqual([all.http, all.statsdUdp, all.statsdTcp, all.admin, all.health], [0, 0, 0, 0, 0])
    assert.equal(parseOptions(['--statsd-tcp', '8125']).statsdTcp, 8125)
  })

  refuses('--http web', /--http must be a whole number from 0 to 65535, but is 'web'/)
  refuses('--http 65536', /--http must be .* but is '65536'/)
  refuses('--statsd-udp 1.5', /--statsd-udp must be/)
  refuses('--admin=-1', /--admin must be/)
  refuses('--workers 0', /--workers must be a whole number from 1 to 64/)
  refuses('--flush-ms 1', /--flush-ms must be/)
  refuses('--host localhost', /--host must be an IP address, such as 127.0.0.1 or ::1, but is 'localhost'/)
  refuses('--http 9090', /--http and --admin both want port 9090/)
  refuses('--admin 9100', /--admin and --health both want port 9100/)
  refuses('--verbose', /--verbose/)
  refuses('8080', /8080/)
})
