// What `@manifold/groups/cluster` has that `node:cluster` has not, by programs that trace what they see.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { source } from '../tools/paths.js'
import { programAt } from './program.js'
import { runProgram } from './run-program.js'

async function traceOf(name: string): Promise<string[]> {
  const program = programAt(join(source, 'cluster', 'beyond', `${name}.cjs`), name)
  return runProgram(program, '@manifold/groups/cluster')
}

function assertTrace(lines: readonly string[], expected: string): void {
  assert.equal(lines.join('\n'), expected.replace(/^ {4}/gm, '').trim())
}

describe('beyond node:cluster', { concurrency: 3 }, () => {
  test('a second pool has workers, events, a policy and an end of its own, and shares no port', async () => {
    const refused =
      "error [Error: bind EADDRINUSE 127.0.0.1:port 1 { errno: -98, code: 'EADDRINUSE', syscall: 'bind', address: '127.0.0.1', port: port 1 }]"
    const trace = `
    [primary]
    cluster fork <Worker 1>
    cluster listening <Worker 1> { addressType: 4, address: '127.0.0.1', port: port 1, fd: undefined }
    of admin [ '2', '3' ] true [ 'admin' ]
    of cluster [ '1' ] 'least-connections' 2
    status [ 'default: round-robin 1', 'admin: least-connections 2' ]
    one of admin has gone true 0
    one of admin has gone true 0
    of cluster [ '1' ]
    cluster exit <Worker 1> 0 null
    [worker 2]
    ${refused}
    [worker 3]
    ${refused}
    [end]
    ends with 0`
    assertTrace(await traceOf('groups'), trace)
  })

  test('under a supervisor a worker that dies is succeeded, its socket waits, and one that goes is not', async () => {
    const listening = "{ addressType: 4, address: '127.0.0.1', port: port 1, fd: undefined }"
    const trace = `
    [primary]
    cluster fork <Worker 1>
    cluster listening <Worker 1> ${listening}
    cluster exit <Worker 1> null 'SIGKILL'
    cluster fork <Worker 2>
    cluster listening <Worker 2> ${listening}
    answer 'a'
    cluster exit <Worker 2> null 'SIGKILL'
    cluster fork <Worker 3>
    cluster listening <Worker 3> ${listening}
    answer 'a'
    cluster exit <Worker 3> 0 null
    left [] 0
    afterwards 'ECONNREFUSED'
    [end]
    ends with 0`
    assertTrace(await traceOf('supervised'), trace)
  })

  test('a socket waits for a successor for as long as a supervisor means to start one', async () => {
    const trace = `
    [primary]
    leftVacant 'ECONNREFUSED'
    stopped 'ECONNREFUSED'
    giveup 'ECONNREFUSED'
    stopped 'ECONNREFUSED'
    backoff 'connected'
    stopped 'ECONNREFUSED'
    [end]
    ends with 0`
    assertTrace(await traceOf('left-vacant'), trace)
  })

  test('a program that forks in exit and has a supervisor as well has no worker too many', async () => {
    const trace = `
    [primary]
    exit <Worker 1> null 'SIGKILL'
    exit <Worker 2> null 'SIGKILL'
    exit <Worker 3> null 'SIGKILL'
    workers [ '4' ] 1
    exit <Worker 4> 0 null
    [end]
    ends with 0`
    assertTrace(await traceOf('supervised-and-forking'), trace)
  })

  test('a reload replaces the workers, each with the environment of its fork', async () => {
    const trace = `
    [primary]
    gone [ [ 1, true, 0, null ], [ 2, true, 0, null ] ]
    new [ 'one: undefined', 'other: undefined' ] [ '3', '4' ]
    [end]
    ends with 0`
    assertTrace(await traceOf('reload'), trace)
  })

  test('who has gone on purpose is not brought back, and leaves no settings to who comes later', async () => {
    const trace = `
    [primary]
    without a [ 'b', 'c' ]
    vacant [ true, false, false ]
    scaled [ 'nobody', 'nobody' ]
    [end]
    ends with 0`
    assertTrace(await traceOf('left-and-reloaded'), trace)
  })

  test('a successor that cannot be started ends no primary, and is tried again', async () => {
    const trace = `
    [primary]
    there is none 'ERR_MANIFOLD_START'
    it is a file 'ERR_MANIFOLD_START'
    succeeded 1
    [end]
    ends with 0`
    assertTrace(await traceOf('successor-not-spawned'), trace)
  })

  test('a primary stays for as long as its supervisor is about to start the next worker', async () => {
    const trace = `
    [primary]
    exit 1 3
    exit 2 3
    exit 3 3
    [end]
    ends with 0`
    assertTrace(await traceOf('crash-at-start'), trace)
  })

  test('schedulingPolicy takes policies of Manifold, checks them, and is fixed by the first fork', async () => {
    const lines = await traceOf('policies')
    assert.match(lines[2]!, /^fork throws \[OptionError: option 'schedulingPolicy' must be one of 'auto'/)
    assert.deepEqual(
      [...lines.slice(0, 2), ...lines.slice(3)],
      ['[primary]', 'at first 2', "policy 'sticky'", '[end]', 'ends with 0'],
    )
  })

  test('wrong options of a group are refused, and leave nothing behind', async () => {
    const lines = await traceOf('wrong-groups')
    const named = lines.flatMap(
      (line) => /^(\w[\w ]*) throws \[OptionError: option '([\w.]+)'/.exec(line)?.slice(1) ?? [],
    )
    assert.deepEqual(named, [
      ...['unknown', 'name', 'no name', 'name', 'master', 'name', 'default', 'name'],
      ...['option', 'options.worker', 'workers', 'options.workers', 'policy', 'schedulingPolicy'],
      ...['env', 'options.env', 'again', 'name'],
    ])
    assert.ok(
      lines.includes('none []') && lines.includes("left [ 'admin' ]") && lines.at(-1) === 'ends with 0',
    )
  })

  test('a server can be sent to the primary, or is refused, where Node would crash', async () => {
    const trace = `
    [primary]
    received 'a server' <Server> true
    [worker 1]
    send throws [TypeError: This handle type cannot be sent { code: 'ERR_INVALID_HANDLE_TYPE' }]
    [worker 2]
    send returns true
    [end]
    ends with 0`
    assertTrace(await traceOf('send-server'), trace)
  })

  test('a rolling restart by hand fails no request of clients that keep their connections', async () => {
    const trace = `
    [primary]
    failed [] true
    [end]
    ends with 0`
    assertTrace(await traceOf('keep-alive'), trace)
  })

  test('a worker that disconnects while it waits for what it wants to listen on ends all the same', async () => {
    const lines = await traceOf('leave-while-listening')
    const ways = ['net', 'http', 'udp'].flatMap((kind) =>
      ['nextTick', 'setImmediate', 'listening'].map((moment) => `${kind} ${moment}`),
    )
    assert.deepEqual(lines, ['[primary]', ...ways.map((way) => `${way} 0 null`), '[end]', 'ends with 0'])
  })
})
