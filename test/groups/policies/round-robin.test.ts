import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RoundRobin } from '@manifold/groups/internal'

function roundOf(...members: string[]): RoundRobin<string> {
  const policy = new RoundRobin<string>()
  for (const member of members) policy.add(member)
  return policy
}

const anyone = () => true

/** Who gets the next `count` connections; `-` for nobody. */
function picks(
  policy: RoundRobin<string>,
  count: number,
  free: (member: string) => boolean = anyone,
): string {
  return Array.from({ length: count }, () => policy.pick(undefined, free) ?? '-').join('')
}

test('members take turns in the order in which they came', () => {
  assert.equal(picks(roundOf('a', 'b', 'c'), 7), 'abcabca')
})

test('who cannot take one is left out, and the turn goes on behind whoever took it', () => {
  const policy = roundOf('a', 'b', 'c')
  assert.equal(
    picks(policy, 1, (member) => member !== 'a'),
    'b',
  )
  assert.equal(picks(policy, 3), 'cab')
})

test('when nobody can, the connection waits and nobody loses a turn', () => {
  const policy = roundOf('a', 'b', 'c')
  assert.equal(picks(policy, 1), 'a')
  assert.equal(
    picks(policy, 5, () => false),
    '-----',
  )
  assert.equal(picks(policy, 3), 'bca')
})

test('nobody is chosen where there is nobody', () => {
  const policy = roundOf()
  assert.equal(picks(policy, 2), '--')
  policy.add('a')
  assert.equal(picks(policy, 2), 'aa')
  policy.remove('a')
  assert.equal(picks(policy, 1), '-')
})

test('each member is asked at most once per connection', () => {
  const policy = roundOf('a', 'b', 'c')
  const asked: string[] = []
  policy.pick(undefined, (member) => {
    asked.push(member)
    return false
  })
  assert.deepEqual(asked, ['a', 'b', 'c'])
})

test('one that leaves does not cost another its turn', () => {
  for (const [gone, rest] of [
    ['a', 'bcd'],
    ['b', 'cda'],
    ['c', 'bda'],
    ['d', 'bca'],
  ] as const) {
    const policy = roundOf('a', 'b', 'c', 'd')
    assert.equal(picks(policy, gone === 'b' ? 2 : 1), gone === 'b' ? 'ab' : 'a')
    policy.remove(gone)
    assert.equal(picks(policy, 3), rest, `without ${gone}`)
  }
})

test('the last in the row may leave when it is its turn', () => {
  const policy = roundOf('a', 'b', 'c')
  assert.equal(picks(policy, 2), 'ab')
  policy.remove('c')
  assert.equal(picks(policy, 3), 'aba')
})

test('a newcomer waits for its turn', () => {
  const policy = roundOf('a', 'b')
  assert.equal(picks(policy, 1), 'a')
  policy.add('c')
  assert.equal(picks(policy, 4), 'bcab')
})

test('removing a stranger changes nothing', () => {
  const policy = roundOf('a', 'b')
  assert.equal(picks(policy, 1), 'a')
  policy.remove('z')
  assert.equal(picks(policy, 2), 'ba')
})

test('many connections are spread evenly while members come and go', () => {
  const policy = roundOf('a', 'b', 'c', 'd')
  const taken = new Map<string, number>()
  for (let round = 0; round < 1_000; round++) {
    if (round % 100 === 50) policy.remove('d')
    if (round % 100 === 99) policy.add('d')
    const member = policy.pick(undefined, anyone)!
    taken.set(member, (taken.get(member) ?? 0) + 1)
  }
  const [a = 0, b = 0, c = 0] = ['a', 'b', 'c'].map((name) => taken.get(name))
  assert.ok(Math.max(a, b, c) - Math.min(a, b, c) <= 10, `${a}, ${b}, ${c}`)
})
