import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManifoldError } from '@manifold/core'
import { errnoOf, type WorkerProcess } from '@manifold/core/internal'
import { type GroupSockets, Listens } from '@manifold/groups/internal'

const question = { listener: 1, query: {}, ticketKeys: undefined } as unknown as Parameters<
  Listens['answer']
>[1]

function ask(error: Error, worker: { wasReady: boolean }) {
  const sockets = { find: () => Promise.reject(error) } as unknown as GroupSockets
  const seats = { usedBy: () => [], vacate: () => undefined }
  const listens = new Listens(sockets, seats as unknown as ConstructorParameters<typeof Listens>[1])
  return listens.answer({ ...worker, note: () => {} } as unknown as WorkerProcess, question)
}

/** What is there when all that was to be done is done. */
async function outcome<T>(answer: Promise<T>): Promise<T | 'none'> {
  await new Promise(setImmediate)
  return Promise.race([answer, 'none' as const])
}

test('a worker that has not got ready when its group stops is not told: nothing has failed for its program', async () => {
  const stopped = new ManifoldError('ERR_MANIFOLD_STOPPED', 'stopped')
  assert.equal(await outcome(ask(stopped, { wasReady: false })), 'none')
  const refusal = { granted: false, errno: errnoOf('EINVAL'), why: 'stopped', syscall: 'listen' }
  assert.deepEqual(await outcome(ask(stopped, { wasReady: true })), refusal)
  assert.deepEqual(await outcome(ask(new Error('stopped'), { wasReady: false })), refusal)
})
