import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '@manifold/core'
import { AddressBook, GroupSockets, parseGroup } from '@manifold/groups/internal'

/** More steps than it takes to bind a socket. */
const MOMENTS = 30

function held(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length
}

test('a socket that is asked for while its group stops is not kept, at whatever moment', async () => {
  const config = parseGroup('web', { exec: 'server.js' })
  const query = { address: '127.0.0.1', port: 0, addressType: 4 } as const
  const before = held()
  for (let moment = 0; moment < MOMENTS; moment++) {
    const sockets = new GroupSockets(config, new AddressBook(), systemClock, () => {})
    const found = sockets.find(query, []).catch(({ code }) => code)
    for (let step = 0; step < moment; step++) await null
    sockets.close()
    const outcome = await found
    assert.ok(typeof outcome === 'object' || outcome === 'ERR_MANIFOLD_STOPPED', String(outcome))
    // A handle is closed at the end of a turn.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(held(), before, `closed after ${moment} steps`)
  }
})

test('a socket that was given back is not found again, not even in the same moment', async () => {
  const config = parseGroup('web', { exec: 'server.js', policy: 'shared' })
  const sockets = new GroupSockets(config, new AddressBook(), systemClock, () => {})
  const first = await sockets.find({ address: '127.0.0.1', port: 0, addressType: 4 }, [])
  const { address } = first.distribution
  const port = 'port' in address ? address.port : 0
  sockets.release(first)
  const query = { address: '127.0.0.1', port, addressType: 4 } as const
  const second = sockets.find(query, [])
  const free = sockets.find({ ...query, port: 0 }, [])
  for (const socket of [await second, await free]) assert.ok(sockets.open.has(socket))
  sockets.close()
})
