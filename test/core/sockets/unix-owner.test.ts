import assert from 'node:assert/strict'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { end, forkFixture, heard, temporaryDirectory } from '../../helpers/fixture.js'
import { once } from '../../helpers/wait.js'
import { accept, connect, listening, refusal } from './connections.js'
import { abandon, hold, inUse, otherProcess } from './unix.js'

describe('the file of a dead owner is replaced', () => {
  test('that held the socket', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    await abandon(t, path)
    const { handle } = await hold(t, { path, mode: 0o600 })
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const accepted = accept(handle)
    assert.equal(await refusal({ path }), undefined)
    assert.equal(accepted.count, 1)
  })

  test('that was an ordinary server', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    const server = forkFixture(t, 'processes/listen', [JSON.stringify({ path })])
    assert.equal(await heard(server), path)
    await end(server)
    assert.ok(existsSync(path))
    await hold(t, { path })
  })

  test('although somebody is still at work for a client that it had accepted', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    const server = net.createServer().listen(path)
    const accepted = once<[net.Socket]>(server, 'connection')
    const client = net.connect(path)
    const [connection] = await accepted
    // As after a SIGKILL: the file is there, and nobody listens.
    renameSync(path, `${path}~`)
    server.close()
    renameSync(`${path}~`, path)
    await hold(t, { path })
    for (const socket of [client, connection]) socket.destroy()
  })

  test('by one only of several that come at the same time', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    await abandon(t, path)
    const rivals = await Promise.all(Array.from({ length: 4 }, () => otherProcess(t)))
    const outcomes = await Promise.all(rivals.map((rival) => rival.hold({ path }, { listen: true })))
    const winners = outcomes.filter(({ held }) => held)
    assert.equal(winners.length, 1, JSON.stringify(outcomes))
    for (const outcome of outcomes) {
      if (!outcome.held) assert.equal(outcome.systemCode, 'EADDRINUSE')
    }
    assert.equal(await refusal({ path }), undefined)
  })

  test('by one only of several in one process', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    await abandon(t, path)
    const holding = Array.from({ length: 4 }, () => hold(t, { path }))
    const outcomes = await Promise.allSettled(holding)
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.ok(existsSync(path))
  })
})

describe('a living owner is never touched', () => {
  test('that listens', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    await using theirs = await listening({ path })
    const { ino } = lstatSync(path)
    await inUse(path)
    assert.equal(lstatSync(path).ino, ino)
    assert.equal(theirs.listening, true)
    assert.equal(await refusal({ path }), undefined)
  })

  test('that has bound and does not listen yet', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    const owner = await otherProcess(t)
    assert.equal((await owner.hold({ path })).held, true)
    const { ino } = lstatSync(path)
    await inUse(path)
    assert.equal(lstatSync(path).ino, ino)
    await owner.kill()
    await hold(t, { path })
  })

  const onLinux = process.platform === 'linux' ? {} : { skip: 'only Linux tells who has bound a path' }
  test('that has bound and does not listen yet, and knows nothing of us', onLinux, async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    const owner = forkFixture(t, 'processes/bind-only', [path])
    assert.equal(await heard(owner), 'bound')
    assert.equal(await refusal({ path }), 'ECONNREFUSED')
    await inUse(path)
    assert.ok(existsSync(path))
    await end(owner)
    await hold(t, { path })
  })

  test('in the same process', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    const { handle } = await hold(t, { path })
    await inUse(path)
    accept(handle)
    assert.equal(await refusal({ path }), undefined)
  })

  test('that is known by another spelling of the path', async (t) => {
    const directory = temporaryDirectory(t)
    mkdirSync(join(directory, 'real'))
    symlinkSync('real', join(directory, 'link'))
    await hold(t, { path: join(directory, 'real', 'web.sock') })
    await inUse(join(directory, 'link', 'web.sock'))
    assert.ok(existsSync(join(directory, 'real', 'web.sock')))
  })

  test('that is stopped, and whose queue is full', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    const server = forkFixture(t, 'processes/listen', [JSON.stringify({ path, backlog: 1 })])
    assert.equal(await heard(server), path)
    server.kill('SIGSTOP')
    // The kernel lets in one or two more than it was told.
    for (let full = false; !full; ) {
      full = await connect(t, { path }).then(
        () => false,
        () => true,
      )
    }
    await inUse(path)
    assert.ok(existsSync(path))
  })
})

describe('what is no socket is not deleted', () => {
  test('a regular file', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    writeFileSync(path, 'precious')
    await inUse(path)
    assert.equal(readFileSync(path, 'utf8'), 'precious')
  })

  test('a directory', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    mkdirSync(path)
    await inUse(path)
    assert.ok(statSync(path).isDirectory())
  })

  test('a link, even to the socket of a dead owner', async (t) => {
    const directory = temporaryDirectory(t)
    const [path, link] = [join(directory, 'dead.sock'), join(directory, 'web.sock')]
    await abandon(t, path)
    symlinkSync(path, link)
    await inUse(link)
    assert.ok(existsSync(path) && lstatSync(link).isSymbolicLink())
  })
})
