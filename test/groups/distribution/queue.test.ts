import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Queue } from '@manifold/groups/internal'

type Item = { readonly name: string }

const item = (name: string): Item => ({ name })

function queueOf(...names: string[]): Queue<Item> {
  const queue = new Queue<Item>()
  for (const name of names) queue.push(item(name))
  return queue
}

const names = (items: readonly Item[]) => items.map(({ name }) => name).join('')

test('what comes first goes first', () => {
  const queue = queueOf('a', 'b', 'c')
  assert.equal(queue.size, 3)
  assert.equal(names([queue.shift()!, queue.shift()!, queue.shift()!]), 'abc')
  assert.equal(queue.size, 0)
})

test('an empty queue gives nothing', () => {
  const queue = queueOf()
  assert.deepEqual([queue.peek(), queue.shift(), queue.size, queue.drain()], [undefined, undefined, 0, []])
})

test('a look takes nothing away', () => {
  const queue = queueOf('a', 'b')
  assert.equal(queue.peek(), queue.peek())
  assert.equal(queue.peek(), queue.shift())
  assert.equal(queue.peek()?.name, 'b')
})

test('what comes back goes to the front', () => {
  const queue = queueOf('a', 'b', 'c')
  const first = queue.shift()!
  queue.unshift(first)
  assert.equal(queue.size, 3)
  assert.equal(queue.peek(), first)
  assert.equal(names(queue.drain()), 'abc')
})

test('several that come back in the opposite order are in order again', () => {
  const queue = queueOf('a', 'b', 'c', 'd')
  const [a, b] = [queue.shift()!, queue.shift()!]
  queue.unshift(b)
  queue.unshift(a)
  queue.push(item('e'))
  assert.equal(names(queue.drain()), 'abcde')
})

test('drain empties it, and it can be used again', () => {
  const queue = queueOf('a', 'b')
  queue.unshift(item('z'))
  assert.equal(names(queue.drain()), 'zab')
  assert.deepEqual([queue.size, queue.drain()], [0, []])
  queue.push(item('c'))
  assert.equal(names(queue.drain()), 'c')
})

test('it is a queue through any sequence of steps', () => {
  const queue = new Queue<Item>()
  const model: Item[] = []
  // A fixed sequence that looks like chance: pushes outweigh the rest at first, shifts later.
  let state = 1
  const chance = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  for (let step = 0; step < 5_000; step++) {
    const pick = chance() + (step < 2_500 ? 0.15 : -0.15)
    if (pick > 0.5) {
      const added = item(`${step}`)
      queue.push(added)
      model.push(added)
    } else if (pick > 0.4 && model.length > 0) {
      const returned = queue.shift()!
      assert.equal(returned, model[0])
      queue.unshift(returned)
    } else {
      assert.equal(queue.shift(), model.shift())
    }
    assert.equal(queue.size, model.length)
    assert.equal(queue.peek(), model[0])
  }
  assert.deepEqual(queue.drain(), model)
})

test('a long queue is as quick as a short one', () => {
  const queue = new Queue<Item>()
  const one = item('one')
  const start = performance.now()
  for (let index = 0; index < 200_000; index++) queue.push(one)
  while (queue.shift());
  // A queue that moved all its items at every step would take minutes.
  assert.ok(performance.now() - start < 5_000)
})
