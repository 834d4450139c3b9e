import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  MAX_LINE_LENGTH,
  type Malformed,
  parseLine,
  type Sample,
} from '@manifold-examples/telemetry/statsd/parse'

function parses(line: string, sample: Sample): void {
  it(`takes ${line}`, () => assert.deepEqual(parseLine(line), { ok: true, sample }))
}

function refuses(line: string, reason: Malformed, title = line): void {
  it(`refuses ${title}: ${reason}`, () => assert.deepEqual(parseLine(line), { ok: false, reason }))
}

describe('a StatsD line', () => {
  describe('with a counter', () => {
    parses('hits:1|c', { kind: 'counter', name: 'hits', value: 1, rate: 1 })
    parses('hits:-2.5|c', { kind: 'counter', name: 'hits', value: -2.5, rate: 1 })
    parses('hits:3|c|@0.1', { kind: 'counter', name: 'hits', value: 3, rate: 0.1 })
    parses('hits:1e3|c|@1', { kind: 'counter', name: 'hits', value: 1000, rate: 1 })
  })

  describe('with a gauge', () => {
    parses('depth:12|g', { kind: 'gauge', name: 'depth', value: 12, relative: false })
    parses('depth:+4|g', { kind: 'gauge', name: 'depth', value: 4, relative: true })
    parses('depth:-4|g', { kind: 'gauge', name: 'depth', value: -4, relative: true })
    parses('depth:.5|g', { kind: 'gauge', name: 'depth', value: 0.5, relative: false })
  })

  describe('with a timer', () => {
    parses('took:320|ms', { kind: 'timer', name: 'took', value: 320, rate: 1 })
    parses('took:320|ms|@0.5', { kind: 'timer', name: 'took', value: 320, rate: 0.5 })
    parses('size:7|h', { kind: 'timer', name: 'size', value: 7, rate: 1 })
    parses('error:-7|h', { kind: 'timer', name: 'error', value: -7, rate: 1 })
  })

  describe('with a set', () => {
    parses('users:765|s', { kind: 'set', name: 'users', member: '765' })
    parses('pages:http://a/b c|s', { kind: 'set', name: 'pages', member: 'http://a/b c' })
  })

  describe('with a name that needs cleaning', () => {
    parses('a b/c:1|c', { kind: 'counter', name: 'a_b-c', value: 1, rate: 1 })
    parses('\u001b[31mred:1|c', { kind: 'counter', name: '31mred', value: 1, rate: 1 })
    parses('__proto__:1|c', { kind: 'counter', name: '__proto__', value: 1, rate: 1 })
  })

  describe('that is none', () => {
    refuses('', 'no name')
    refuses(':1|c', 'no name')
    refuses('äöü:1|c', 'no name')
    refuses('hits', 'no value')
    refuses('hits:', 'no value')
    refuses('hits:1', 'no value')
    refuses('hits:|c', 'no value')
    refuses('users:|s', 'no value')
    refuses('hits:one|c', 'bad value')
    refuses('hits: |c', 'bad value')
    refuses('hits:0x10|c', 'bad value')
    refuses('hits:Infinity|c', 'bad value')
    refuses('hits:1e16|c', 'bad value')
    refuses('hits:1e999|c', 'bad value')
    refuses('hits:NaN|g', 'bad value')
    refuses('took:-1|ms', 'bad value')
    refuses('hits:1|', 'unknown type')
    refuses('hits:1|q', 'unknown type')
    refuses('hits:1|toString', 'unknown type')
    refuses('hits:1|c|0.1', 'bad rate')
    refuses('hits:1|c|@', 'bad rate')
    refuses('hits:1|c|@0', 'bad rate')
    refuses('hits:1|c|@-1', 'bad rate')
    refuses('hits:1|c|@1.5', 'bad rate')
    refuses('hits:1|c|@1e-300', 'bad rate')
    refuses('hits:1|c|#tag:a', 'bad rate')
    refuses('hits:1|c|@1|#tag:a', 'extra section')
    refuses(`${'a'.repeat(MAX_LINE_LENGTH)}:1|c`, 'too long', 'a line beyond the limit')
  })

  it('never throws, whatever it is made of', () => {
    const pieces = ['a', ':', '|', '@', '+', '-', '1', '.', 'e', 'c', 'g', 'ms', 's', '\0', ' ', '\ud800']
    for (const a of pieces)
      for (const b of pieces)
        for (const c of pieces)
          for (const d of pieces) assert.equal(typeof parseLine(`x${a}${b}${c}${d}`).ok, 'boolean')
  })
})
