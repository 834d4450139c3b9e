import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gate } from '@manifold/groups/internal'

class Door {
  connections = 0
  isShut = false

  shut(): void {
    this.isShut = true
  }

  open(): void {
    this.isShut = false
  }
}

function bench(limit: number) {
  const doors = [new Door(), new Door()] as const
  const others = { count: 0 }
  const changes: boolean[] = []
  const gate: Gate = new Gate(
    limit,
    () => others.count,
    () => changes.push(gate.isShut),
  )
  for (const door of doors) gate.add(door)
  const shut = () => doors.map((door) => door.isShut)
  return { doors, others, changes, gate, shut }
}

test('all doors are shut at the limit of all together, and open below it', () => {
  const { doors, changes, gate, shut } = bench(3)
  doors[0].connections = 2
  gate.changed()
  assert.deepEqual(shut(), [false, false])
  doors[1].connections = 1
  gate.changed()
  gate.changed()
  assert.deepEqual([shut(), changes], [[true, true], [true]])
  doors[0].connections = 1
  gate.changed()
  assert.deepEqual(
    [shut(), changes],
    [
      [false, false],
      [true, false],
    ],
  )
})

test('what comes through no door counts, too; a door that is gone does not', () => {
  const { doors, others, gate, shut } = bench(3)
  others.count = 2
  doors[1].connections = 1
  gate.changed()
  assert.deepEqual(shut(), [true, true])
  gate.remove(doors[1])
  assert.equal(doors[0].isShut, false)
})

test('a gate without doors is not shut, whatever comes otherwise', () => {
  const { doors, others, gate } = bench(3)
  for (const door of doors) gate.remove(door)
  others.count = 9
  gate.changed()
  assert.equal(gate.isShut, false)
})

test('without the limit all doors open, and stay so', () => {
  const { doors, gate, shut } = bench(3)
  doors[0].connections = 9
  gate.changed()
  gate.lift()
  gate.changed()
  assert.deepEqual(shut(), [false, false])
})
