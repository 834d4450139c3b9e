import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Connection, PolicyMember } from '@manifold/groups'
import { Custom } from '@manifold/groups/internal'

const anyone = () => true
const connection = { key: 'not shown', remoteAddress: '192.0.2.1', remotePort: 40_000 }

function memberOf(id: number, load = 0) {
  return { slot: id, load, worker: { id } }
}

/** What the policy's mistakes become. */
function uncaught(t: TestContext): Promise<unknown> {
  return new Promise((resolve) => {
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', resolve)
    t.after(() => {
      for (const listener of others) process.on('uncaughtException', listener)
    })
  })
}

test('it sees members with what changes about them, and connections without what is ours', () => {
  const seen: PolicyMember[] = []
  const asked: Connection[] = []
  const busy = memberOf(2, 5)
  const policy = new Custom(
    {
      add: (member) => seen.push(member),
      remove: (member) => seen.splice(seen.indexOf(member), 1),
      pick(given) {
        asked.push(given)
        return seen[0]
      },
    },
    (member) => member !== busy,
  )
  const first = memberOf(1)
  policy.add(first)
  policy.add(busy)
  assert.deepEqual(
    seen.map(({ id, slot, connections, free }) => ({ id, slot, connections, free })),
    [
      { id: 1, slot: 1, connections: 0, free: true },
      { id: 2, slot: 2, connections: 5, free: false },
    ],
  )
  first.load = 3
  assert.equal(seen[0]?.connections, 3)
  assert.equal(policy.pick(connection, anyone), first)
  assert.deepEqual(asked, [{ remoteAddress: '192.0.2.1', remotePort: 40_000 }])
  policy.remove(first)
  assert.equal(policy.pick(connection, anyone), busy)
})

test('if it chooses nobody, or somebody out of reach, the connection waits', () => {
  const members: PolicyMember[] = []
  let chosen: PolicyMember | undefined
  const policy = new Custom(
    { add: (member) => members.push(member), remove() {}, pick: () => chosen },
    anyone,
  )
  policy.add(memberOf(1))
  assert.equal(policy.pick(connection, anyone), undefined)
  chosen = members[0]
  assert.equal(
    policy.pick(connection, () => false),
    undefined,
  )
})

for (const [what, pick] of [
  ['throws', () => assert.fail('a mistake')],
  ['returns what is no member', () => ({ id: 1, slot: 1, connections: 0, free: true })],
] as const) {
  test(`a policy that ${what}: an uncaught exception, and the connection goes to who has the fewest`, async (t) => {
    const error = uncaught(t)
    const policy = new Custom({ add() {}, remove() {}, pick }, anyone)
    const few = memberOf(1, 1)
    policy.add(memberOf(2, 2))
    policy.add(few)
    assert.equal(policy.pick(connection, anyone), few)
    assert.ok((await error) instanceof Error)
  })
}
