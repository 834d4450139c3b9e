import assert from 'node:assert/strict'
import { test } from 'node:test'
import { programsThatDiffer } from '../differences.js'
import { findPrograms } from '../program.js'
import { parts } from './compare.js'

const names = findPrograms().map(({ name }) => name)

test('every program is run once', () => {
  const topics = new Set(names.map((name) => name.split('/')[0]))
  assert.deepEqual(Object.values(parts).flat().sort(), [...topics].sort())
})

test('all programs that differ on purpose are there', () => {
  assert.deepEqual(
    programsThatDiffer.filter((name) => !names.includes(name)),
    [],
  )
})
