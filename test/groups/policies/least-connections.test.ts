import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LeastConnections } from '@manifold/groups/internal'

const anyone = () => true

function among<Member extends { readonly load: number }>(...members: Member[]): LeastConnections<Member> {
  const policy = new LeastConnections<Member>()
  for (const member of members) policy.add(member)
  return policy
}

test('who has the fewest connections gets the next', () => {
  const members = [{ load: 3 }, { load: 1 }, { load: 2 }]
  const policy = among(...members)
  const order = Array.from({ length: 6 }, () => {
    const member = policy.pick(undefined, anyone)!
    member.load++
    return members.indexOf(member)
  })
  assert.deepEqual(order.slice(0, 1), [1])
  assert.deepEqual(
    members.map(({ load }) => load),
    [4, 4, 4],
  )
})

test('equals take turns', () => {
  const members = ['a', 'b', 'c'].map((name) => ({ name, load: 0 }))
  const policy = among(...members)
  const picked = Array.from({ length: 6 }, () => policy.pick(undefined, anyone)!.name)
  assert.equal(picked.join(''), 'abcabc')
})

test('who cannot take one is left out, and nobody is chosen where nobody can', () => {
  const [few, many] = [{ load: 0 }, { load: 9 }]
  const policy = among(few, many)
  assert.equal(
    policy.pick(undefined, (member) => member !== few),
    many,
  )
  assert.equal(
    policy.pick(undefined, () => false),
    undefined,
  )
})

test('who was removed is not chosen any more', () => {
  const [gone, left] = [{ load: 0 }, { load: 9 }]
  const policy = among(gone, left)
  policy.remove(gone)
  policy.remove({ load: 0 })
  assert.equal(policy.pick(undefined, anyone), left)
})
