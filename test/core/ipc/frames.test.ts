import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Frames, frame } from '@manifold/core/internal'

const bodies = [1, 3, 100, 16_384, 16_385, 70_000].map((length, index) => Buffer.alloc(length, index + 1))

describe('frames', () => {
  for (const size of [1, 2, 3, 4, 5, 7, 64, 1_000, 65_536, 1_000_000]) {
    test(`come whole out of chunks of ${size} bytes`, () => {
      const stream = Buffer.concat(bodies.flatMap((body) => [...frame(body)]))
      const frames = new Frames()
      const came: Buffer[] = []
      for (let at = 0; at < stream.length; at += size) {
        frames.push(stream.subarray(at, at + size), (body) => came.push(body))
      }
      assert.deepEqual(came, bodies)
    })
  }

  test('without content are refused', () => {
    for (const size of [1, 4]) {
      const frames = new Frames()
      const empty = Buffer.alloc(4)
      assert.throws(() => {
        for (let at = 0; at < 4; at += size) {
          frames.push(empty.subarray(at, at + size), () => assert.fail('there is none'))
        }
      }, RangeError)
    }
  })
})
