import assert from 'node:assert/strict'
import nodeCluster from 'node:cluster'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import type { WorkerProcess } from '@manifold/core/internal'
import { Represented } from '@manifold/groups/internal'

/** A worker whose process does what it is told to do here. */
function paperWorker() {
  const child = Object.assign(new EventEmitter(), {
    pid: 1,
    connected: true,
    exitCode: null as number | null,
    signalCode: null,
  })
  const process = Object.assign(new EventEmitter(), { id: 7, child })
  const seen: string[] = []
  const Worker = nodeCluster.Worker as unknown as ConstructorParameters<typeof Represented>[1]
  const { worker } = new Represented(process as unknown as WorkerProcess, Worker, {
    emit: (event) => seen.push(event),
    removed: () => seen.push('removed'),
  })
  const exit = () => {
    child.exitCode = 0
    child.emit('exit', 0, null)
  }
  const disconnect = () => {
    child.connected = false
    child.emit('disconnect')
  }
  return { worker, seen, exit, disconnect, closed: () => process.emit('exit') }
}

test('a worker has disconnected and exited once each, and is removed when it has done both', () => {
  const { worker, seen, exit, disconnect, closed } = paperWorker()
  disconnect()
  assert.equal(worker.state, 'disconnected')
  exit()
  closed()
  assert.deepEqual(seen, ['disconnect', 'removed', 'exit'])
  assert.equal(worker.state, 'dead')
  assert.equal(worker.exitedAfterDisconnect, false)
})

test('a worker of which Node does not say that it has disconnected has done so when all is over', () => {
  const { seen, exit, disconnect, closed } = paperWorker()
  exit()
  assert.deepEqual(seen, ['exit'])
  closed()
  assert.deepEqual(seen, ['exit', 'removed', 'disconnect'])
  disconnect()
  assert.equal(seen.length, 3)
})
