import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OptionError } from '@manifold/core'
import { validate } from '@manifold/core/internal'

/** Runs a check that must fail, and returns the message. */
function complaint(check: () => unknown): string {
  let message = ''
  assert.throws(check, (error) => {
    assert.ok(error instanceof OptionError)
    message = error.message
    return true
  })
  return message
}

test('record takes objects only', () => {
  const value = { a: 1 }
  assert.equal(validate.record('groups', value), value)
  for (const wrong of [undefined, null, 1, 'x', [], () => {}]) {
    assert.match(
      complaint(() => validate.record('groups', wrong)),
      /^option 'groups' must be an object, but is /,
    )
  }
})

test('onlyKnownKeys names the unknown key in full, what is known, and the value', () => {
  validate.onlyKnownKeys('groups.web', { exec: 'a' }, ['exec', 'workers'])
  assert.equal(
    complaint(() => validate.onlyKnownKeys('groups.web', { exec: 'a', worker: 2 }, ['exec', 'workers'])),
    "option 'groups.web.worker' must be left out (known here: exec, workers), but is 2",
  )
})

test('milliseconds takes what a timer can count', () => {
  assert.equal(validate.milliseconds('graceMs', 0), 0)
  assert.equal(validate.milliseconds('graceMs', 0.5), 0.5)
  assert.equal(validate.milliseconds('graceMs', 2 ** 31 - 1), 2 ** 31 - 1)
  for (const wrong of [-1, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY, '10', null, undefined]) {
    assert.match(
      complaint(() => validate.milliseconds('graceMs', wrong)),
      /^option 'graceMs' must be a number of milliseconds from 0 to 2147483647, but is /,
    )
  }
  assert.match(
    complaint(() => validate.milliseconds('readyMs', 0, 1)),
    /from 1 to 2147483647, but is 0$/,
  )
})

test('integer takes whole numbers within its bounds', () => {
  assert.equal(validate.integer('workers', 1, 1, 4), 1)
  assert.equal(validate.integer('workers', 4, 1, 4), 4)
  for (const wrong of [0, 5, 1.5, Number.NaN, '1', null, 1n]) {
    assert.match(
      complaint(() => validate.integer('workers', wrong, 1, 4)),
      /^option 'workers' must be a whole number from 1 to 4, but is /,
    )
  }
})

test('oneOf names the choices', () => {
  assert.equal(validate.oneOf('policy', 'auto', ['auto', 'kernel']), 'auto')
  assert.equal(
    complaint(() => validate.oneOf('policy', 'fastest', ['auto', 'kernel'])),
    "option 'policy' must be one of 'auto', 'kernel', but is 'fastest'",
  )
})

test('text takes strings that an argument or a path can be', () => {
  assert.equal(validate.text('cwd', '/tmp'), '/tmp')
  for (const wrong of ['', 'a\0b', 1, undefined, {}]) {
    assert.match(
      complaint(() => validate.text('cwd', wrong)),
      /^option 'cwd' must be a string that is not empty and has no NUL, but is /,
    )
  }
})

test('texts names the item that is wrong', () => {
  assert.deepEqual(validate.texts('args', ['a', '']), ['a', ''])
  assert.equal(
    complaint(() => validate.texts('args', 'a b')),
    "option 'args' must be an array of strings, but is 'a b'",
  )
  assert.equal(
    complaint(() => validate.texts('args', ['a', 1])),
    "option 'args[1]' must be a string that has no NUL, but is 1",
  )
})

test('flag takes nothing but true and false', () => {
  assert.deepEqual([validate.flag('ipv6Only', true), validate.flag('ipv6Only', false)], [true, false])
  for (const wrong of [0, 1, 'true', null, undefined]) {
    assert.match(
      complaint(() => validate.flag('ipv6Only', wrong)),
      /'ipv6Only' must be true or false, but is /,
    )
  }
})
