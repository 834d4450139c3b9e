import assert from 'node:assert/strict'
import { test } from 'node:test'
import { observation } from './observation.js'

const outcome = { trace: '', stdout: '', stderr: '', end: '0', left: 0, directory: '/tmp/somewhere' }

test('each process has a section, the workers by number', () => {
  const trace =
    'worker 10\tten\nworker 2\ttwo\nprimary\tfirst\nworker 2\tin /tmp/somewhere/else\nprimary\tlast\n'
  assert.deepEqual(observation({ ...outcome, trace }), [
    '[primary]',
    'first',
    'last',
    '[worker 2]',
    'two',
    'in <directory>/else',
    '[worker 10]',
    'ten',
    '[end]',
    'ends with 0',
  ])
})

test('disconnect is put before an exit that it follows at once, and only then', () => {
  const lines = [
    'worker exit 0 null',
    'cluster exit <Worker 1> 0 null',
    'worker disconnect',
    'cluster disconnect',
  ]
  const trace = [...lines, 'other', 'worker exit 1 null', 'other', 'worker disconnect']
  const observed = observation({ ...outcome, trace: trace.map((line) => `primary\t${line}\n`).join('') })
  assert.deepEqual(observed.slice(1, -2), [
    'worker disconnect',
    'cluster disconnect',
    'worker exit 0 null',
    'cluster exit <Worker 1> 0 null',
    'other',
    'worker exit 1 null',
    'other',
    'worker disconnect',
  ])
})

test('of an uncaught error the message and its fields are left', () => {
  const stderr = [
    'node:events:497',
    '      throw er; // Unhandled',
    '      ^',
    '',
    'Error: bind EADDRINUSE 127.0.0.1:40123',
    '    at somewhere (node:net:1:2)',
    '    at emit (node:events:3:4) {',
    "  code: 'EADDRINUSE',",
    '  port: 40123',
    '}',
    '',
    'Node.js v20.0.0',
    '(node:4711) Warning: kept',
  ].join('\n')
  assert.deepEqual(observation({ ...outcome, stderr, end: '1' }), [
    '[stderr]',
    'Error: bind EADDRINUSE 127.0.0.1:port',
    '{',
    "  code: 'EADDRINUSE',",
    '  port: port',
    '}',
    'Node.js v20.0.0',
    '(node) Warning: kept',
    '[end]',
    'ends with 1',
  ])
})

test('processes that are left behind are told of', () => {
  assert.deepEqual(observation({ ...outcome, left: 2 }).at(-1), 'leaves 2 processes behind')
})
