import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Sticky } from '@manifold/groups/internal'

interface Member {
  readonly slot: number
  readonly load: number
  readonly name?: string
}

const anyone = () => true
const KEYS = Array.from({ length: 2_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)

function of(key: string | undefined) {
  return { key, remoteAddress: key, remotePort: 1 }
}

function over(members: readonly Member[]): Sticky<Member> {
  const policy = new Sticky<Member>()
  for (const member of members) policy.add(member)
  return policy
}

function slots(count: number): Member[] {
  return Array.from({ length: count }, (_, slot) => ({ slot, load: 0 }))
}

/** Which slot each key goes to. */
function places(policy: Sticky<Member>): (number | undefined)[] {
  return KEYS.map((key) => policy.pick(of(key), anyone)?.slot)
}

test('a client always comes to the same slot, whatever the order in which workers came', () => {
  const members = slots(4)
  assert.deepEqual(places(over(members)), places(over(members.toReversed())))
})

test('clients are spread evenly', () => {
  const counts = [0, 0, 0, 0]
  for (const slot of places(over(slots(4)))) counts[slot!]!++
  for (const count of counts) assert.ok(count > 400 && count < 600, String(counts))
})

test('a slot that is lost moves its own clients only, and gets them back', () => {
  const members = slots(4)
  const policy = over(members)
  const before = places(policy)
  policy.remove(members[2]!)
  const meanwhile = places(policy)
  for (const [index, slot] of before.entries()) {
    if (slot !== 2) assert.equal(meanwhile[index], slot)
    else assert.notEqual(meanwhile[index], 2)
  }
  const heirs = new Set(meanwhile.filter((_, index) => before[index] === 2))
  assert.equal(heirs.size, 3, 'its clients go to all the others')
  policy.add({ slot: 2, load: 0 })
  assert.deepEqual(places(policy), before)
})

test('while the worker of its slot cannot be reached, a client goes to the next', () => {
  const policy = over(slots(3))
  const at = policy.pick(of('client'), anyone)!
  const next = policy.pick(of('client'), (member) => member !== at)!
  assert.notEqual(next.slot, at.slot)
  assert.equal(
    policy.pick(of('client'), () => false),
    undefined,
  )
})

test('of two workers of one slot the later one is meant', () => {
  const policy = over([
    { slot: 0, load: 0, name: 'old' },
    { slot: 0, load: 0, name: 'new' },
  ])
  assert.equal(policy.pick(of('client'), anyone)?.name, 'new')
})

test('a client of which nothing is known goes to whoever has the fewest', () => {
  const policy = over([
    { slot: 0, load: 4 },
    { slot: 1, load: 1 },
  ])
  assert.equal(policy.pick(of(undefined), anyone)?.slot, 1)
})
