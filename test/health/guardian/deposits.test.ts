import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { bindPipe, bindTcp, type Deposit, type StreamHandle } from '@manifold/core/internal'
import { Deposits } from '@manifold/health/internal'

const directory = mkdtempSync(path.join(tmpdir(), 'deposits-'))
after(() => rmSync(directory, { recursive: true }))

interface Held {
  readonly deposit: Deposit
  readonly handle: StreamHandle
  isOpen(): boolean
}

const shape = { lane: 0, backlog: 511, ipv6Only: false, reusePort: false, part: 'socket' } as const

function tcp(id: string, part: Deposit['part'] = 'socket'): Held {
  const handle = bindTcp('127.0.0.1', 0, 4, { ipv6Only: false, reusePort: false }) as StreamHandle
  const address = { type: 'tcp', address: '127.0.0.1', family: 'IPv4', port: 1 } as const
  return held({ ...shape, id, key: id, address, part }, handle)
}

function unix(id: string): Held & { file: string } {
  const file = path.join(directory, id)
  const handle = bindPipe(file) as StreamHandle
  const one = held({ ...shape, id, key: id, address: { type: 'unix', path: file } }, handle)
  return { ...one, file }
}

/** Of another name than it was bound to, so that its file outlives the handle. */
function lasting(id: string): Held & { file: string } {
  const { file, handle } = unix(`${id} first`)
  const last = path.join(directory, id)
  renameSync(file, last)
  return { ...held({ ...shape, id, key: id, address: { type: 'unix', path: last } }, handle), file: last }
}

function held(deposit: Deposit, handle: StreamHandle): Held {
  return { deposit, handle, isOpen: () => Reflect.get(handle, 'fd') >= 0 }
}

function add(deposits: Deposits, generation: number, { deposit, handle }: Held): void {
  deposits.add(generation, deposit, handle)
}

describe('what masters have left', () => {
  test('stays when the generation that serves is gone', () => {
    const deposits = new Deposits()
    const socket = tcp('1.1')
    add(deposits, 1, socket)
    deposits.settled(1)
    deposits.gone(1)
    assert.deepEqual(deposits.all, [{ deposit: socket.deposit, handle: socket.handle }])
    assert.ok(socket.isOpen())
    deposits.close()
  })

  test('leaves no file, though it comes after all was given up, or is of a generation that never served', () => {
    const deposits = new Deposits()
    const [early, late] = [lasting('early'), lasting('late')]
    deposits.settled(1)
    add(deposits, 2, early)
    deposits.close()
    add(deposits, 2, late)
    assert.ok(!late.isOpen())
    for (const { file } of [early, late]) assert.ok(existsSync(file))
    deposits.gone(2)
    deposits.unlink()
    for (const { file } of [early, late]) assert.ok(!existsSync(file))
  })

  test('is given up once the next generation has settled without it, and the old one is gone', () => {
    const deposits = new Deposits()
    const [kept, dropped] = [tcp('1.1'), tcp('1.2')]
    add(deposits, 1, kept)
    add(deposits, 1, dropped)
    deposits.settled(1)
    deposits.take(2, '1.1')
    deposits.settled(2)
    assert.ok(dropped.isOpen())
    deposits.gone(1)
    assert.deepEqual([kept.isOpen(), dropped.isOpen()], [true, false])
    assert.equal(deposits.size, 1)
    deposits.close()
  })

  test('is given up at once if the old one was gone before', () => {
    const deposits = new Deposits()
    const socket = tcp('1.1')
    add(deposits, 1, socket)
    deposits.settled(1)
    deposits.gone(1)
    deposits.settled(2)
    assert.ok(!socket.isOpen())
  })

  test('is given up with the generation that never settled, but for what others use', () => {
    const deposits = new Deposits()
    const [old, own] = [tcp('1.1'), tcp('2.1')]
    add(deposits, 1, old)
    deposits.settled(1)
    deposits.take(2, '1.1')
    add(deposits, 2, own)
    deposits.gone(2)
    assert.deepEqual([old.isOpen(), own.isOpen()], [true, false])
    deposits.close()
  })

  test('is given up when its master holds it no more, unless another generation does', () => {
    const deposits = new Deposits()
    const [one, both] = [tcp('1.1'), tcp('1.2')]
    add(deposits, 1, one)
    add(deposits, 1, both)
    deposits.settled(1)
    deposits.take(2, '1.2')
    deposits.withdraw(1, '1.1')
    deposits.withdraw(1, '1.2')
    deposits.withdraw(1, 'unknown')
    assert.deepEqual([one.isOpen(), both.isOpen()], [false, true])
    deposits.close()
  })

  test('has a lock beside it under the same id', () => {
    const deposits = new Deposits()
    const [socket, lock] = [tcp('1.1'), tcp('1.1', 'lock')]
    add(deposits, 1, socket)
    add(deposits, 1, lock)
    assert.deepEqual(
      deposits.all.map(({ deposit }) => deposit.part),
      ['socket', 'lock'],
    )
    deposits.withdraw(1, '1.1')
    assert.deepEqual([socket.isOpen(), lock.isOpen()], [false, false])
  })

  test('takes nothing any more once all is given up', () => {
    const deposits = new Deposits()
    const [before, late] = [tcp('1.1'), tcp('1.2')]
    add(deposits, 1, before)
    deposits.close()
    add(deposits, 1, late)
    assert.deepEqual([before.isOpen(), late.isOpen()], [false, false])
  })
})

describe('the file of a Unix socket', () => {
  test('goes with the socket, or at the end', () => {
    const deposits = new Deposits()
    const [dropped, last] = [unix('dropped'), unix('last')]
    // libuv removes the path that it has bound itself, as it would not in another process.
    for (const socket of [dropped, last]) {
      // As a master sends them: the lock of its path comes first.
      add(deposits, 1, tcp(socket.deposit.id, 'lock'))
      add(deposits, 1, { ...socket, handle: copyOf(socket.handle) })
    }
    deposits.settled(1)
    deposits.withdraw(1, 'dropped')
    assert.ok(!existsSync(dropped.file))
    deposits.close()
    assert.ok(existsSync(last.file))
    deposits.unlink()
    assert.ok(!existsSync(last.file))
    for (const { handle } of [dropped, last]) handle.close()
  })

  test('stays if another has taken its place', () => {
    const deposits = new Deposits()
    const socket = unix('replaced')
    add(deposits, 1, { ...socket, handle: copyOf(socket.handle) })
    rmSync(socket.file)
    // One that is there already cannot get the number of the file that is gone.
    writeFileSync(path.join(directory, 'other'), '')
    writeFileSync(socket.file, 'of somebody else')
    deposits.close()
    deposits.unlink()
    assert.ok(existsSync(socket.file))
    socket.handle.close()
  })
})

/** Stands for the handle that another process would have got. */
function copyOf(_handle: StreamHandle): StreamHandle {
  return bindTcp('127.0.0.1', 0, 4, { ipv6Only: false, reusePort: false }) as StreamHandle
}
