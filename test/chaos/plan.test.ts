import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groups } from './groups.js'
import { kindNames } from './kinds.js'
import { type Fault, plan, type Step } from './plan.js'
import { Random } from './random.js'

const faultsOf = (steps: Step[]) => steps.filter((step): step is Step & Fault => step.type === 'fault')

test('the same seed makes the same plan, another one another', () => {
  assert.deepEqual([...plan(7, 50, groups)], [...plan(7, 50, groups)])
  assert.notDeepEqual([...plan(7, 50, groups)], [...plan(8, 50, groups)])
})

test('a longer plan begins with the shorter one', () => {
  const short = [...plan(7, 20, groups)]
  assert.deepEqual([...plan(7, 50, groups)].slice(0, short.length), short)
})

test('a thousand faults are of every kind, in every slot, with reloads and changes of size between them', () => {
  const steps = [...plan(1, 1_000, groups)]
  const faults = faultsOf(steps)
  assert.equal(faults.length, 1_000)
  assert.deepEqual(new Set(faults.map(({ kind }) => kind)), new Set(kindNames))
  const slots = groups.flatMap(({ name, workers }) =>
    Array.from({ length: workers }, (_, slot) => `${name}/${slot}`),
  )
  assert.deepEqual(new Set(faults.map(({ group, slot }) => `${group}/${slot}`)), new Set(slots))
  const operations = new Set(steps.flatMap((step) => (step.type === 'operation' ? step.do : [])))
  assert.deepEqual(operations, new Set(['reload', 'scale']))
  const upheavals = new Set(steps.flatMap((step) => (step.type === 'upheaval' ? step.do : [])))
  assert.deepEqual(upheavals, new Set(['SIGKILL', 'SIGSTOP', 'upgrade', 'failed upgrade']))
})

test('nothing happens to a master that has no guardian', () => {
  const steps = [...plan(1, 500, groups, kindNames, false)]
  assert.ok(steps.every(({ type }) => type !== 'upheaval'))
})

test('only the kinds that are asked for', () => {
  const faults = faultsOf([...plan(1, 100, groups, ['SIGKILL', 'exit 7'])])
  assert.deepEqual(new Set(faults.map(({ kind }) => kind)), new Set(['SIGKILL', 'exit 7']))
})

test('the numbers of a seed are spread evenly, within their bounds', () => {
  const random = new Random(3)
  const counts = new Map<number, number>()
  for (let count = 0; count < 6_000; count++) {
    const number = random.integer(1, 6)
    counts.set(number, (counts.get(number) ?? 0) + 1)
  }
  assert.deepEqual([...counts.keys()].sort(), [1, 2, 3, 4, 5, 6])
  for (const count of counts.values()) assert.ok(Math.abs(count - 1_000) < 150, `${[...counts.values()]}`)
})

test('a key is drawn as often as its weight says', () => {
  const random = new Random(4)
  const drawn = Array.from({ length: 4_000 }, () => random.weighted({ seldom: 1, often: 3, never: 0 }))
  const often = drawn.filter((key) => key === 'often').length
  assert.ok(Math.abs(often - 3_000) < 150, String(often))
  assert.ok(!drawn.includes('never'))
})
