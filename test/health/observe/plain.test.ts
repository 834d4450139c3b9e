import assert from 'node:assert/strict'
import net from 'node:net'
import { describe, test } from 'node:test'
import { ManifoldError } from '@manifold/core'
import { plain } from '@manifold/health/internal'

describe('a value for a line of the event log', () => {
  test('is what JSON has, and stays as it is', () => {
    const value = { text: 'a\nb', number: 1.5, none: null, list: [1, 'two', { three: 3 }], yes: true }
    assert.deepEqual(plain(value), value)
  })

  test('has a text for numbers that JSON does not have, and nothing for functions', () => {
    assert.deepEqual(plain({ nan: Number.NaN, big: 1n, call: () => {}, list: [() => {}] }), {
      nan: 'NaN',
      big: '1',
      call: undefined,
      list: [null],
    })
  })

  test('of an error is its name, code, message, stack and cause', () => {
    const cause = new TypeError('no salt')
    const error = new ManifoldError('ERR_MANIFOLD_STATE', 'not now', { cause })
    assert.deepEqual(plain({ error }), {
      error: {
        name: 'ManifoldError',
        code: 'ERR_MANIFOLD_STATE',
        message: 'not now',
        stack: error.stack,
        cause: {
          name: 'TypeError',
          code: undefined,
          message: 'no salt',
          stack: cause.stack,
          cause: undefined,
        },
      },
    })
  })

  test('has no cycles, and no end of depth', () => {
    const circle: Record<string, unknown> = { name: 'circle' }
    circle.itself = circle
    assert.deepEqual(plain(circle), { name: 'circle', itself: 'an object (Object)' })
    let deep: object = { bottom: true }
    for (let level = 0; level < 100; level++) deep = { deep }
    assert.ok(JSON.stringify(plain(deep)).length < 200)
  })

  test('has no handles, and runs nothing of theirs', () => {
    class Odd {
      get trap(): never {
        throw new Error('read')
      }
      toJSON(): never {
        throw new Error('called')
      }
    }
    assert.deepEqual(plain({ socket: new net.Socket(), odd: new Odd(), map: new Map() }), {
      socket: 'an object (Socket)',
      odd: 'an object (Odd)',
      map: 'an object (Map)',
    })
  })

  test('is bounded: long texts are cut, and so are endless lists', () => {
    assert.equal((plain('x'.repeat(100_000)) as string).length, 8_193)
    const list = plain(Array.from({ length: 100_000 }, () => ({ a: 1 })))
    assert.ok(JSON.stringify(list).length < 1_000_000)
  })
})
