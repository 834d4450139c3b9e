import assert from 'node:assert/strict'
import { test } from 'node:test'
import { longestChain } from '@manifold/groups/internal'

test('what groups take that stop one after another adds up, and what stops at once does not', () => {
  const group = (name: string, ms: number, ...after: string[]) => ({ name, ms, after })
  const sum = (...groups: ReturnType<typeof group>[]) => longestChain(groups, ({ ms }) => ms)
  assert.equal(sum(), 0)
  assert.equal(sum(group('a', 10), group('b', 20)), 20)
  assert.equal(sum(group('a', 10), group('b', 20, 'a'), group('c', 5, 'a')), 30)
  assert.equal(sum(group('a', 10), group('b', 20, 'a'), group('c', 25, 'b'), group('d', 50)), 55)
})
