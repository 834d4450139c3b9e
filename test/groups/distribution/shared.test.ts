import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SharedDistribution } from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { PaperHandle, PaperSocket, PaperWorker } from './paper-worker.js'

function bench(type: 'tcp' | 'udp' = 'tcp') {
  const clock = new FakeClock()
  const socket = new PaperSocket(type)
  const distribution = new SharedDistribution(socket.held, clock)
  const workers = [0, 1].map((slot) => new PaperWorker(clock, slot))
  const seats = workers.map((worker) => worker.seat())
  for (const seat of seats) distribution.add(seat)
  return { clock, socket, distribution, workers, seats }
}

test('all workers get the one socket, and are told their average', () => {
  const { workers, socket } = bench()
  assert.deepEqual(
    workers.map((worker) => worker.news()),
    [
      ['attach 0', 'share 0'],
      ['attach 0', 'share 0'],
    ],
  )
  assert.equal(socket.others.length, 0)
})

test('of datagrams there is no average', () => {
  const { workers, clock, distribution, seats } = bench('udp')
  distribution.counted()
  distribution.remove(seats[0]!)
  clock.advance(50)
  for (const worker of workers) assert.deepEqual(worker.news(), ['attach 0'])
})

test('who cannot receive the socket is replaced, unless it is gone', async () => {
  const { workers } = bench()
  const [full, gone] = workers as [PaperWorker, PaperWorker]
  gone.connected = false
  for (const worker of workers) void worker.news()
  await full.receive(0, false)
  await gone.receive(0, false)
  assert.deepEqual([full.news(), gone.news()], [['drain'], []])
})

test('what one gives back goes to another that is not silent; closed, the socket is given back', () => {
  const { workers, seats, distribution, socket } = bench()
  distribution.suspend(seats[0]!)
  distribution.returned(new PaperHandle().handle)
  distribution.resume(seats[0]!)
  distribution.remove(seats[1]!)
  distribution.returned(new PaperHandle().handle)
  assert.deepEqual(
    workers.map(({ offered }) => offered.length),
    [1, 1],
  )
  distribution.close()
  assert.equal(socket.socket.closed, 1)
})
