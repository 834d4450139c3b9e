import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hashOf, Roster, rankOf } from '@manifold/core/internal'

const keys = Array.from({ length: 10_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)

function best(key: string, slots: readonly number[]): number {
  const hash = hashOf(key)
  return slots.reduce((one, other) => (rankOf(hash, other) > rankOf(hash, one) ? other : one))
}

describe('rendezvous hashing', () => {
  test('hashes as FNV-1a does', () => {
    // Of the bytes 61 00 and so on: a text is hashed in units of 16 bits.
    let expected = 0x811c9dc5
    for (const byte of [0x61, 0, 0x62, 0, 0xac, 0x20]) expected = Math.imul(expected ^ byte, 0x01000193) >>> 0
    assert.equal(hashOf('ab€'), expected)
    assert.equal(hashOf(''), 0x811c9dc5)
  })

  test('spreads keys evenly over any number of slots', () => {
    for (const count of [2, 3, 4, 8, 16]) {
      const slots = Array.from({ length: count }, (_, slot) => slot)
      const had = slots.map(() => 0)
      for (const key of keys) had[best(key, slots)]!++
      const share = keys.length / count
      for (const number of had)
        assert.ok(Math.abs(number - share) < 5 * Math.sqrt(share), `${had} of ${share}`)
    }
  })

  test('moves the keys of a lost slot only, to all others alike', () => {
    const all = [0, 1, 2, 3, 4]
    const left = [0, 1, 3, 4]
    const moved = new Map<number, number>()
    for (const key of keys) {
      const [before, after] = [best(key, all), best(key, left)]
      if (before === 2) moved.set(after, (moved.get(after) ?? 0) + 1)
      else assert.equal(after, before)
    }
    assert.equal(moved.size, 4)
    for (const count of moved.values()) assert.ok(count > 400, `${[...moved]}`)
  })
})

describe('a roster', () => {
  const roster = () => {
    const made = new Roster()
    for (const slot of [0, 1, 2]) made.add({ id: slot + 1, slot })
    return made
  }

  test('has its members take turns', () => {
    const members = roster()
    const turns = () => Array.from({ length: 4 }, () => members.pick({})?.id)
    assert.deepEqual(turns(), [1, 2, 3, 1])
    members.remove(2)
    assert.deepEqual(new Set(turns()), new Set([1, 3]))
    assert.deepEqual(members.pick({}, new Set([1]))?.id, 3)
    assert.equal(members.pick({}, new Set([1, 3])), undefined)
  })

  test('finds the newest in a slot, and nobody in one that is vacant', () => {
    const members = roster()
    members.add({ id: 9, slot: 1 })
    assert.equal(members.pick({ slot: 1 })?.id, 9)
    members.remove(9)
    assert.equal(members.pick({ slot: 1 })?.id, 2)
    members.remove(2)
    assert.equal(members.pick({ slot: 1 }), undefined)
  })

  test('finds the newest in the slot that has a key', () => {
    const members = roster()
    const { id, slot } = members.pick({ key: 'a' })!
    members.add({ id: 9, slot })
    assert.equal(members.pick({ key: 'a' })?.id, 9)
    members.remove(9)
    assert.equal(members.pick({ key: 'a' })?.id, id)
    assert.notEqual(members.pick({ key: 'a' }, new Set([id]))?.slot, slot)
  })
})
