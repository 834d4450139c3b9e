import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Startup } from '@manifold/core/internal'

test('a worker is not ready until it has done what makes it that, and what is missing is said', () => {
  const startup = new Startup({ ready: 'listening', sockets: { web: {}, admin: {} } })
  assert.match(startup.whyNotReady(), /not come to run its program/)
  startup.online()
  assert.match(startup.whyNotReady(), /on: web, admin$/)
  startup.listening(undefined)
  startup.listening('web')
  assert.match(startup.whyNotReady(), /on: admin$/)
})

test('without declared sockets, any of its group will do', () => {
  const startup = new Startup({ ready: 'listening', sockets: {} })
  startup.online()
  assert.match(startup.whyNotReady(), /on a socket of its group$/)
})

test('whose word is waited for is told so, but first that it does not run', () => {
  const startup = new Startup({ ready: 'manual', sockets: { web: {} } })
  assert.doesNotMatch(startup.whyNotReady(), /worker\.ready/)
  startup.online()
  assert.match(startup.whyNotReady(), /worker\.ready\(\)/)
})

test('notes are kept in their order', () => {
  const startup = new Startup({ ready: 'online', sockets: {} })
  startup.note('first')
  startup.note('second')
  assert.deepEqual(startup.notes, ['first', 'second'])
})
