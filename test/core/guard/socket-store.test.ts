import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Deposit, type GuardedMessage, type Handle, SocketStore } from '@manifold/core/internal'
import { FakeClock } from '../../helpers/fake-clock.js'

function deposit(id: string, key: string, more: Partial<Deposit> = {}): Deposit {
  const address = { type: 'tcp', address: '127.0.0.1', family: 'IPv4', port: 80 } as const
  const flags = { backlog: 511, ipv6Only: false, reusePort: true, part: 'socket' } as const
  return { id, key, lane: 0, address, ...flags, ...more }
}

/** A store, what it says, and handles that tell whether they are closed. */
class Bench {
  readonly clock = new FakeClock()
  readonly said: string[] = []
  readonly closed: string[] = []
  confirm: ((arrived: boolean) => void) | undefined
  readonly store = new SocketStore(
    7,
    (message: GuardedMessage, _handle, answered) => {
      this.said.push('id' in message ? `${message.t} ${message.id}` : message.t)
      this.confirm = answered
      return true
    },
    this.clock,
  )

  handle(name: string): Handle {
    return { close: () => this.closed.push(name) } as unknown as Handle
  }

  arrives(what: Deposit): void {
    this.store.arrived(what, this.handle(`${what.id} ${what.part}`))
  }
}

test('all lanes of a key are taken, in their order, with the lock of a path', () => {
  const bench = new Bench()
  bench.arrives(deposit('1.3', 'a', { lane: 1 }))
  bench.arrives(deposit('1.1', 'a', { lane: 0, part: 'lock' }))
  bench.arrives(deposit('1.1', 'a', { lane: 0 }))
  bench.arrives(deposit('1.2', 'b'))
  const taken = bench.store.take('a')
  assert.deepEqual(
    taken.map(({ deposit: { id, part }, lock }) => [id, part, lock !== undefined]),
    [
      ['1.1', 'socket', true],
      ['1.3', 'socket', false],
    ],
  )
  assert.deepEqual(bench.said.toSorted(), ['take 1.1', 'take 1.3'])
  assert.deepEqual(bench.store.take('a'), [])
})

test('a lock without its socket is nobody’s', () => {
  const bench = new Bench()
  bench.arrives(deposit('1.1', 'a', { part: 'lock' }))
  assert.deepEqual(bench.store.take('a'), [])
})

test('what nobody has asked for is used until a while after all has settled, and given up then', () => {
  const bench = new Bench()
  bench.arrives(deposit('1.1', 'a'))
  bench.arrives(deposit('1.2', 'b'))
  bench.store.complete()
  bench.store.settled()
  assert.deepEqual(bench.said.splice(0), ['take 1.1', 'take 1.2'])
  bench.clock.advance(4_999)
  assert.equal(bench.store.take('b').length, 1)
  bench.said.splice(0)
  bench.clock.advance(1)
  assert.deepEqual(bench.said, ['withdraw 1.1'])
  assert.deepEqual(bench.closed, ['1.1 socket'])
})

test('a deposit is over when the guardian has it, or does not say so for a second', async () => {
  const bench = new Bench()
  let over = 0
  const made = [1, 2].map((number) =>
    bench.store.deposit(deposit(`7.${number}`, 'a'), bench.handle('x')).then(() => {
      over++
    }),
  )
  bench.confirm?.(true)
  await made[1]
  assert.equal(over, 1)
  bench.clock.advance(1_000)
  await made[0]
  assert.equal(over, 2)
})

test('what is closed because everything stops stays with the guardian', () => {
  const bench = new Bench()
  bench.arrives(deposit('1.1', 'a'))
  bench.store.stopping(false)
  assert.deepEqual(bench.closed, ['1.1 socket'])
  bench.store.withdraw('7.1')
  assert.deepEqual(bench.said, [])
  assert.equal(bench.store.leavesFiles, false)
})

test('without its guardian a master removes the files itself, unless another serves with them', async () => {
  const [bench, replaced] = [new Bench(), new Bench()]
  bench.store.lost()
  await bench.store.loaded()
  assert.ok(bench.store.leavesFiles)
  bench.store.withdraw('7.1')
  assert.deepEqual(bench.said, [])
  replaced.store.stopping(true)
  replaced.store.lost()
  assert.equal(replaced.store.leavesFiles, false)
})

test('a guardian that does not pass on what it has is waited for no longer than ten seconds', async () => {
  const bench = new Bench()
  bench.clock.advance(10_000)
  await assert.rejects(bench.store.loaded(), { code: 'ERR_MANIFOLD_TIMEOUT' })
})

test('a fixed address finds what was bound there under another key, and what has no right to its port is a stranger', () => {
  const bench = new Bench()
  bench.arrives(deposit('1.1', '127.0.0.1:0 web http'))
  assert.equal(bench.store.knowsPort('tcp', 80), true)
  assert.equal(bench.store.knowsPort('udp', 80), false)
  assert.deepEqual(bench.store.take('127.0.0.1:80'), [])
  const isAt = (address: Deposit['address']) => address.type === 'tcp' && address.port === 80
  const [taken] = bench.store.take('127.0.0.1:80', isAt)
  assert.equal(taken?.deposit.id, '1.1')
})
