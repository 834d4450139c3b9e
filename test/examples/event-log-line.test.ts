import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesOf } from '@manifold-examples/event-log/line'

const PLAIN = { stacks: false, colours: false }
const time = '2026-11-26T03:56:23.145Z'
const who = { group: 'web', slot: 0, worker: { id: 1, pid: 4381 } }

function format(line: object, options = PLAIN): string[] {
  return linesOf(JSON.stringify({ time, source: 'master', ...line }), options)
}

describe('a line of the event log, formatted', () => {
  const lines: readonly [line: object, expected: string][] = [
    [{ event: 'setup' }, ''],
    [{ event: 'ready', ...who, uptimeMs: 873 }, 'web/0         pid 4381     after 873 ms'],
    [
      { event: 'exit', ...who, reason: { type: 'exited', code: 3, asked: false }, uptimeMs: 65_432 },
      'web/0         pid 4381     exit code 3  after 65.4 s',
    ],
    [
      {
        event: 'exit',
        ...who,
        reason: { type: 'killed', signal: 'SIGKILL', asked: true },
        destroyedConnections: 2,
      },
      'web/0         pid 4381     SIGKILL, as it did not finish in time  2 connections cut off',
    ],
    [{ event: 'backoff', group: 'web', slot: 0, delayMs: 83.4 }, 'web/0                      in 83 ms'],
    [
      { event: 'failed', ...who, error: { code: 'ERR_MANIFOLD_START', message: 'it ended\n  its stderr…' } },
      'web/0         pid 4381     it ended (ERR_MANIFOLD_START)',
    ],
    [
      {
        event: 'listening',
        ...who,
        socket: 'http',
        address: { type: 'tcp', address: '127.0.0.1', port: 80, family: 'IPv4' },
      },
      'web/0         pid 4381     socket=http  127.0.0.1:80',
    ],
    [
      {
        event: 'overload',
        ...who,
        vitals: { delayP99Ms: 210.5, utilization: 0.987, rssBytes: 104_857_600, connections: 12 },
      },
      'web/0         pid 4381     delay p99 210.5 ms, busy 99 %, 100 MiB, 12 connections',
    ],
    [{ event: 'scale', group: 'web', from: 2, to: 4 }, 'web                        from=2  to=4'],
    [{ event: 'groupAdded', group: 'a\x1b[2Jb' }, 'a?[2Jb'],
  ]
  for (const [line, expected] of lines) {
    const { event } = line as { event: string }
    it(`tells '${event}': ${expected.trim()}`, () => {
      assert.deepEqual(format(line), [`2026-11-26 03:56:23.145  ${event.padEnd(13)}  ${expected}`.trimEnd()])
    })
  }

  it('has the stack below it, if asked for', () => {
    const hang = { event: 'hang', ...who, hungMs: 2_500, stack: 'at spin (app.js:1:1)\nat main (app.js:9:1)' }
    const [line, ...stack] = format(hang, { ...PLAIN, stacks: true })
    assert.match(line!, /web\/0 .* for 2\.5 s$/)
    assert.deepEqual(stack, ['    at spin (app.js:1:1)', '    at main (app.js:9:1)'])
    assert.equal(format(hang).length, 1)
  })

  it('has colours, if asked for', () => {
    const [line] = format({ event: 'vacant', ...who }, { ...PLAIN, colours: true })
    assert.ok(line!.includes('\x1b[31mvacant       \x1b[0m'))
  })

  it('is shown as it is if it is no event', () => {
    assert.deepEqual(linesOf('something \x07else', PLAIN), ['something ?else'])
    assert.deepEqual(linesOf('{"time":1}', PLAIN), ['{"time":1}'])
    assert.deepEqual(linesOf('  ', PLAIN), [])
  })
})
