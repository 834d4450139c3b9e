import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { LogFile } from '@manifold/health/internal'
import { temporaryDirectory } from '../../helpers/fixture.js'

function logIn(t: TestContext, { maxBytes = 100, maxFiles = 3 } = {}) {
  const directory = temporaryDirectory(t)
  const file = join(directory, 'events.jsonl')
  const log = new LogFile({ file, maxBytes, maxFiles })
  t.after(() => log.close())
  const contents = () =>
    Object.fromEntries(
      readdirSync(directory)
        .sort()
        .map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
    )
  return { directory, file, log, contents }
}

const line = (letter: string) => `${letter.repeat(39)}\n`

describe('a log file', () => {
  test('is there at once, for its owner and group only, and is appended to', (t) => {
    const { file, log, contents } = logIn(t)
    assert.equal(statSync(file).mode & 0o777 & ~0o640, 0)
    log.write('one\n')
    log.close()
    const again = new LogFile({ file, maxBytes: 100, maxFiles: 2 })
    again.write('two\n')
    again.close()
    assert.deepEqual(contents(), { 'events.jsonl': 'one\ntwo\n' })
  })

  test('becomes an older one before it would grow beyond its size; the oldest goes', (t) => {
    const { log, contents } = logIn(t)
    for (const letter of 'abcdefgh') log.write(line(letter))
    assert.deepEqual(contents(), {
      'events.jsonl': line('g') + line('h'),
      'events.jsonl.1': line('e') + line('f'),
      'events.jsonl.2': line('c') + line('d'),
    })
  })

  test('starts over where it is the only one to be kept', (t) => {
    const { log, contents } = logIn(t, { maxFiles: 1 })
    for (const letter of 'abc') log.write(line(letter))
    assert.deepEqual(contents(), { 'events.jsonl': line('c') })
  })

  test('counts what was there before', (t) => {
    const directory = temporaryDirectory(t)
    const file = join(directory, 'log')
    writeFileSync(file, line('a') + line('b'))
    const log = new LogFile({ file, maxBytes: 100, maxFiles: 2 })
    log.write(line('c'))
    log.close()
    assert.equal(readFileSync(`${file}.1`, 'utf8'), line('a') + line('b'))
    assert.equal(readFileSync(file, 'utf8'), line('c'))
  })

  test('is opened anew when somebody has moved or removed it', (t) => {
    const { file, log, contents } = logIn(t)
    log.write('one\n')
    renameSync(file, `${file}.moved`)
    log.write('two\n')
    rmSync(file)
    log.write('three\n')
    assert.deepEqual(contents(), { 'events.jsonl': 'three\n', 'events.jsonl.moved': 'one\n' })
  })

  test('fails without its directory, and goes on when that is back', (t) => {
    const { directory, log, contents } = logIn(t)
    log.write('one\n')
    rmSync(directory, { recursive: true })
    assert.throws(() => log.write('two\n'), { code: 'ENOENT' })
    mkdirSync(directory)
    log.write('three\n')
    assert.deepEqual(contents(), { 'events.jsonl': 'three\n' })
  })

  test('is a regular file: a pipe that nobody reads would hold the master up', (t) => {
    const directory = temporaryDirectory(t)
    const fifo = join(directory, 'fifo')
    execFileSync('mkfifo', [fifo])
    assert.throws(() => new LogFile({ file: fifo, maxBytes: 100, maxFiles: 2 }), { code: 'ENXIO' })
    assert.throws(() => new LogFile({ file: '/dev/null', maxBytes: 100, maxFiles: 2 }), { code: 'ENOTSUP' })
    assert.throws(() => new LogFile({ file: directory, maxBytes: 100, maxFiles: 2 }), { code: 'EISDIR' })
  })
})
