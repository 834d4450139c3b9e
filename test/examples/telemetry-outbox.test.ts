import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Outbox } from '@manifold-examples/telemetry/store/outbox'

/** The other side: it takes what it gets, unless it is away. */
class Destination {
  readonly taken: number[] = []
  away = false

  readonly deliver = async (item: number): Promise<void> => {
    if (this.away) throw new Error('nobody there')
    this.taken.push(item)
  }
}

describe("an outbox of the telemetry's ingest workers", () => {
  it('sends in order all that was put', async () => {
    const destination = new Destination()
    const outbox = new Outbox(destination.deliver, 10)
    outbox.put(1)
    outbox.put(2)
    await outbox.send()
    outbox.put(3)
    await outbox.send()
    assert.deepEqual(destination.taken, [1, 2, 3])
    assert.equal(outbox.size, 0)
  })

  it('keeps what did not arrive, and sends it first the next time', async () => {
    const destination = new Destination()
    const outbox = new Outbox(destination.deliver, 10)
    destination.away = true
    outbox.put(1)
    outbox.put(2)
    await outbox.send()
    assert.equal(outbox.size, 2)
    destination.away = false
    outbox.put(3)
    await outbox.send()
    assert.deepEqual(destination.taken, [1, 2, 3])
    assert.equal(outbox.lost, 0)
  })

  it('gives the oldest up when there is no room, and counts them', async () => {
    const destination = new Destination()
    const outbox = new Outbox(destination.deliver, 2)
    for (const item of [1, 2, 3, 4]) outbox.put(item)
    assert.deepEqual([outbox.size, outbox.lost], [2, 2])
    await outbox.send()
    assert.deepEqual(destination.taken, [3, 4])
  })

  it('sends an item once, however often it is told to, and what is put meanwhile too', async () => {
    const taken: number[] = []
    let arrive = () => {}
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    const outbox = new Outbox(async (item: number) => {
      taken.push(item)
      await arrived
    }, 10)
    outbox.put(1)
    const both = [outbox.send(), outbox.send()]
    outbox.put(2)
    arrive()
    await Promise.all(both)
    assert.deepEqual(taken, [1, 2])
  })

  it('does not drop another item for the one that was given up on its way', async () => {
    const taken: number[] = []
    let arrive = () => {}
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    const outbox = new Outbox(async (item: number) => {
      taken.push(item)
      await arrived
    }, 2)
    outbox.put(1)
    const sent = outbox.send()
    outbox.put(2)
    outbox.put(3)
    arrive()
    await sent
    assert.deepEqual(taken, [1, 2, 3])
    assert.equal(outbox.size, 0)
  })
})
