import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Machine, type Transitions } from '@manifold/core/internal'

type Door = 'open' | 'closed' | 'locked'

const TRANSITIONS: Transitions<Door> = { open: ['closed'], closed: ['open', 'locked'], locked: [] }

test('a machine goes where its table lets it', () => {
  const door = new Machine<Door>('the door', TRANSITIONS, 'open')
  assert.equal(door.state, 'open')
  door.to('closed')
  door.to('open')
  door.to('closed')
  door.to('locked')
  assert.equal(door.state, 'locked')
})

test('an illegal transition throws, names the thing and both states, and changes nothing', () => {
  const door = new Machine<Door>('the door', TRANSITIONS, 'open')
  assert.throws(() => door.to('locked'), {
    name: 'ManifoldError',
    code: 'ERR_MANIFOLD_STATE',
    message: "the door cannot go from 'open' to 'locked'",
  })
  assert.equal(door.state, 'open')
})

test('staying in a state is a transition like any other', () => {
  const door = new Machine<Door>('the door', TRANSITIONS, 'closed')
  assert.throws(() => door.to('closed'), { code: 'ERR_MANIFOLD_STATE' })
})

test('what may follow can be asked without going there', () => {
  const door = new Machine<Door>('the door', TRANSITIONS, 'closed')
  assert.deepEqual([door.can('open'), door.can('locked'), door.can('closed')], [true, true, false])
  assert.equal(door.state, 'closed')
  door.to('locked')
  assert.deepEqual([door.can('open'), door.can('locked'), door.can('closed')], [false, false, false])
})
