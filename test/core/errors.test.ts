import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatExit, ManifoldError, OptionError, SocketError, StartError } from '@manifold/core'

const shown: readonly [value: unknown, text: string][] = [
  [undefined, 'undefined'],
  [null, 'null'],
  ['', "''"],
  ['8080', "'8080'"],
  ['x'.repeat(200), `'${'x'.repeat(77)}…'`],
  [-1, '-1'],
  [Number.NaN, 'NaN'],
  [10n, '10'],
  [true, 'true'],
  [function listen() {}, 'a function (listen)'],
  [() => {}, 'a function (anonymous)'],
  [['a', 'b'], 'an array of 2'],
  [{ secret: 'not to be logged' }, 'an object (Object)'],
  [new Map(), 'an object (Map)'],
  [Object.create(null), 'an object (no prototype)'],
]

for (const [value, text] of shown) {
  test(`an option error shows ${text}`, () => {
    const error = new OptionError('groups.web.workers', 'a number', value)
    assert.equal(error.message, `option 'groups.web.workers' must be a number, but is ${text}`)
    assert.equal(error.value, value)
  })
}

test('an option error carries what it says as fields', () => {
  const error = new OptionError('listen.http', 'a port', 'x')
  assert.ok(error instanceof ManifoldError)
  assert.deepEqual(
    [error.name, error.code, error.option, error.expected],
    ['OptionError', 'ERR_MANIFOLD_OPTION', 'listen.http', 'a port'],
  )
})

test('a socket error says which socket, which address, why, and the code of the system', () => {
  const error = new SocketError('http', '*:80', 'EACCES', -13, 'this user may not')
  assert.ok(error instanceof ManifoldError)
  assert.equal(error.message, "socket 'http' cannot use *:80: this user may not (EACCES)")
  assert.deepEqual(
    [error.name, error.code, error.socket, error.address, error.systemCode, error.errno],
    ['SocketError', 'ERR_MANIFOLD_SOCKET', 'http', '*:80', 'EACCES', -13],
  )
})

test('the ends of workers are told in words', () => {
  assert.equal(formatExit({ type: 'exited', code: 3, asked: false }), 'exit code 3')
  assert.equal(formatExit({ type: 'signaled', signal: 'SIGSEGV', asked: false }), 'SIGSEGV')
  assert.equal(
    formatExit({ type: 'killed', signal: 'SIGKILL', asked: true }),
    'SIGKILL, as it did not finish in time',
  )
  const error = new Error('spawn /nowhere ENOENT')
  assert.equal(formatExit({ type: 'unspawned', error, asked: false }), 'spawn /nowhere ENOENT')
})

test('a start error tells who, what, what its master saw, and the end of its stderr', () => {
  const error = new StartError(
    'ERR_MANIFOLD_START',
    {
      group: 'web',
      slot: 2,
      pid: 77,
      reason: { type: 'exited', code: 1, asked: false },
      notes: ['port 80 was refused'],
      stderr: 'Error: no database\n    at connect',
    },
    5_000,
  )
  assert.deepEqual([error.name, error.code, error.failure.pid], ['StartError', 'ERR_MANIFOLD_START', 77])
  assert.equal(
    error.message,
    [
      "worker of group 'web', slot 2 (pid 77) ended before it was ready: exit code 1",
      '  port 80 was refused',
      '  its stderr ended with:',
      '    Error: no database',
      '        at connect',
    ].join('\n'),
  )
})

test('a start error of a worker that is alive says how long it was waited for', () => {
  const failure = { group: 'web', slot: 0, pid: 77, reason: undefined, notes: [], stderr: '' }
  const error = new StartError('ERR_MANIFOLD_READY_TIMEOUT', failure, 5_000)
  assert.equal(error.code, 'ERR_MANIFOLD_READY_TIMEOUT')
  assert.equal(error.message, "worker of group 'web', slot 0 (pid 77) was not ready within 5000 ms")
})

test('a start error of a process that never was has the cause', () => {
  const cause = new Error('spawn /nowhere ENOENT')
  const reason = { type: 'unspawned', error: cause, asked: false } as const
  const error = new StartError(
    'ERR_MANIFOLD_START',
    { group: 'web', slot: 0, pid: undefined, reason, notes: [], stderr: '' },
    1,
  )
  assert.equal(error.cause, cause)
  assert.equal(
    error.message,
    "worker of group 'web', slot 0 ended before it was ready: spawn /nowhere ENOENT",
  )
})
