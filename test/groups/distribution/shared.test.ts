import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { SharedDistribution } from '@manifold/groups/internal'
import { FakeClock } from '../../helpers/fake-clock.js'
import { PaperHandle, PaperSocket, PaperWorker } from './paper-worker.js'

function bench(type: 'tcp' | 'udp' = 'tcp') {
  const clock = new FakeClock()
  const socket = new PaperSocket(type)
  const distribution = new SharedDistribution([socket.held], clock)
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

test('who was full gets the socket again, once', () => {
  const { workers, distribution, seats } = bench()
  const [first] = workers as [PaperWorker]
  void first.news()
  distribution.freed(seats[0]!)
  distribution.filled(seats[0]!)
  assert.deepEqual(first.news(), [])
  distribution.freed(seats[0]!)
  distribution.freed(seats[0]!)
  assert.deepEqual(first.news(), ['attach 0'])
})

test('at the end it is waited until who was full has the socket again, but not for ever', async () => {
  const { clock, workers, distribution, seats } = bench()
  await distribution.finish()
  for (const worker of workers) await worker.receive(0)
  distribution.filled(seats[0]!)
  let finished = false
  const pass = async () => {
    clock.advance(10)
    await setImmediate()
    return finished
  }
  const finish = () => {
    finished = false
    void distribution.finish().then(() => {
      finished = true
    })
  }
  finish()
  assert.equal(await pass(), false)
  distribution.freed(seats[0]!)
  assert.equal(await pass(), false)
  await workers[0]!.receive(0)
  assert.equal(await pass(), true)
  distribution.filled(seats[1]!)
  finish()
  for (let passedMs = 10; passedMs < 500; passedMs += 10) assert.equal(await pass(), false)
  assert.equal(await pass(), true)
})
