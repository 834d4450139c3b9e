import assert from 'node:assert/strict'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'
import { StderrTail } from '@manifold/core/internal'

/** Feeds chunks to a tail; returns the tail and what was passed on. */
function tailOf(...chunks: Buffer[]) {
  const source = new PassThrough()
  const passedOn: Buffer[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      passedOn.push(chunk)
      done()
    },
  })
  const tail = new StderrTail(source, sink)
  for (const chunk of chunks) source.emit('data', chunk)
  return { tail: tail.toString(), passedOn: Buffer.concat(passedOn), source }
}

test('what a worker writes is passed on, and kept without the space around it', () => {
  const { tail, passedOn } = tailOf(Buffer.from('\nError: '), Buffer.from('no database\n\n'))
  assert.equal(tail, 'Error: no database')
  assert.equal(passedOn.toString(), '\nError: no database\n\n')
})

test('of much output the end is kept, and all of it passed on', () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `line ${index}\n`).join('')
  const { tail, passedOn } = tailOf(Buffer.from(text), Buffer.from('the end'))
  assert.ok(tail.endsWith('line 9999\nthe end'))
  assert.equal(tail.length, 4_096)
  assert.equal(passedOn.length, Buffer.byteLength(text) + 'the end'.length)
})

test('a character that is cut in two by a chunk is whole again', () => {
  const bytes = Buffer.from('größer als 1 €')
  const chunks = Array.from(bytes, (byte) => Buffer.from([byte]))
  assert.equal(tailOf(...chunks).tail, 'größer als 1 €')
})

test('bytes that are no text are passed on as they are', () => {
  const bytes = Buffer.from([0xff, 0x00, 0xfe])
  assert.deepEqual(tailOf(bytes).passedOn, bytes)
})

test('a pipe that breaks is no error of ours', () => {
  const { source } = tailOf()
  source.emit('error', new Error('read EIO'))
})

test('where there is no pipe, nothing is kept', () => {
  assert.equal(new StderrTail(null).toString(), '')
})
