import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LineSplitter, splitLines } from '@manifold-examples/telemetry/statsd/lines'
import { MAX_LINE_LENGTH, parseLine } from '@manifold-examples/telemetry/statsd/parse'

describe('lines of a datagram', () => {
  it('end with newlines of both kinds, or with the datagram; blank ones are none', () => {
    assert.deepEqual(splitLines('a:1|c\nb:2|c\r\n\n \nc:3|c'), ['a:1|c', 'b:2|c', 'c:3|c'])
    assert.deepEqual(splitLines(''), [])
  })
})

describe('lines of a stream', () => {
  it('are whole, wherever the stream was cut', () => {
    const stream = 'a:1|c\r\nbb:22|ms\n\nccc:333|s\n'
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const splitter = new LineSplitter()
      const lines = [
        ...splitter.push(stream.slice(0, cut)),
        ...splitter.push(stream.slice(cut)),
        ...splitter.end(),
      ]
      assert.deepEqual(lines, ['a:1|c', 'bb:22|ms', 'ccc:333|s'])
    }
  })

  it('may come character by character', () => {
    const splitter = new LineSplitter()
    assert.deepEqual(
      [...'a:1|c\nb:2|c\n'].flatMap((character) => splitter.push(character)),
      ['a:1|c', 'b:2|c'],
    )
  })

  it('include a last one without a newline, once', () => {
    const splitter = new LineSplitter()
    assert.deepEqual(splitter.push('a:1|c'), [])
    assert.deepEqual(splitter.end(), ['a:1|c'])
    assert.deepEqual(splitter.end(), [])
  })

  it('are cut when too long, so that the parser sees it and the next line is whole', () => {
    const splitter = new LineSplitter()
    for (let chunk = 0; chunk < 100; chunk += 1) assert.deepEqual(splitter.push('x'.repeat(1_000)), [])
    const [long, next] = splitter.push(`:1|c\na:1|c\n`)
    assert.equal(long?.length, MAX_LINE_LENGTH + 1)
    assert.deepEqual(parseLine(long!), { ok: false, reason: 'too long' })
    assert.equal(next, 'a:1|c')
  })
})
