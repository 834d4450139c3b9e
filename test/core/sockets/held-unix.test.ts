import assert from 'node:assert/strict'
import { existsSync, lstatSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { MAX_PATH_BYTES, parseSocket, type SocketSpec } from '@manifold/core/internal'
import type { Outcome } from '../../fixtures/processes/hold-socket.js'
import { temporaryDirectory } from '../../helpers/fixture.js'
import { accept, leavesNothingOpen, refusal } from './connections.js'
import { fails, hold, otherProcess } from './unix.js'

describe('a held Unix socket', () => {
  test('is there, and refuses until somebody listens', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    const { held, handle } = await hold(t, { path })
    assert.deepEqual(held.address, { type: 'unix', path })
    assert.ok(lstatSync(path).isSocket())
    assert.equal(await refusal({ path }), 'ECONNREFUSED')
    const accepted = accept(handle)
    assert.equal(await refusal({ path }), undefined)
    assert.equal(accepted.count, 1)
  })

  for (const mode of [0o600, 0o660, 0o777, 0o000]) {
    test(`has mode ${mode.toString(8).padStart(3, '0')} if it is told so`, async (t) => {
      const path = join(temporaryDirectory(t), 'web.sock')
      await hold(t, { path, mode })
      assert.equal(statSync(path).mode & 0o777, mode)
    })
  }

  test('has the mode that the umask leaves if it is told nothing', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    const before = process.umask(0o027)
    t.after(() => process.umask(before))
    await hold(t, { path })
    assert.equal(statSync(path).mode & 0o777, 0o750)
  })

  test('takes its file along when it is closed, also twice', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    await leavesNothingOpen(async () => {
      const { held } = await hold(t, { path })
      held.close()
      assert.equal(existsSync(path), false)
      held.close()
    })
    await hold(t, { path })
  })

  test('leaves a file alone that took its place after it was closed', async (t) => {
    const path = join(temporaryDirectory(t), 'web.sock')
    const { held } = await hold(t, { path })
    held.close()
    await hold(t, { path })
    held.close()
    assert.ok(existsSync(path))
  })

  test('may have a path as long as the kernel can hold', async (t) => {
    const directory = temporaryDirectory(t)
    const path = join(directory, 'x'.repeat(MAX_PATH_BYTES - Buffer.byteLength(directory) - 1))
    const { handle } = await hold(t, { path })
    accept(handle)
    assert.ok(existsSync(path))
    assert.equal(await refusal({ path }), undefined)
  })

  test('has nothing to do with another whose long name differs in its last character only', async (t) => {
    const directory = temporaryDirectory(t)
    const name = 'x'.repeat(MAX_PATH_BYTES - Buffer.byteLength(directory) - 2)
    await hold(t, { path: join(directory, `${name}1`) })
    await hold(t, { path: join(directory, `${name}2`) })
  })
})

describe('a Unix socket cannot be held', () => {
  test('in a directory that does not exist', async (t) => {
    const path = join(temporaryDirectory(t), 'missing', 'web.sock')
    await fails(
      parseSocket('listen.local', { path }),
      path,
      'EACCES',
      /a directory that is missing or not writable/,
    )
  })

  test('under a path that the kernel cannot hold, which is not cut off', async (t) => {
    const directory = temporaryDirectory(t)
    const path = join(directory, 'x'.repeat(MAX_PATH_BYTES))
    // Options are checked before; but a server inside a worker may ask for anything.
    const spec: SocketSpec = { type: 'unix', path, mode: undefined, backlog: 511 }
    await fails(spec, path, 'ENAMETOOLONG', /\(ENAMETOOLONG\)$/)
    assert.equal(existsSync(path.slice(0, MAX_PATH_BYTES)), false)
  })

  const skip = process.getuid?.() === 0 ? false : 'only root may become another user'
  for (const [what, inner] of [
    ['where this user may not write', ''],
    ['into which this user may not even look', 'inner'],
  ] as const) {
    test(`in a directory ${what}`, { skip }, async (t) => {
      const directory = join(temporaryDirectory(t), inner)
      mkdirSync(directory, { recursive: true })
      const path = join(directory, 'web.sock')
      const child = await otherProcess(t)
      const outcome = await child.hold({ path }, { user: 65_534 })
      const { message, ...rest } = outcome as Outcome & { held: false }
      assert.deepEqual(rest, {
        ...{ held: false, name: 'SocketError', code: 'ERR_MANIFOLD_SOCKET', systemCode: 'EACCES' },
      })
      assert.ok(message.startsWith(`socket 'theirs' cannot use ${path}: this user may not `), message)
    })
  }
})

const notLinux = process.platform === 'linux' ? {} : { skip: 'abstract names exist on Linux only' }

describe('an abstract name', notLinux, () => {
  test('has no file, can be connected to, and is free again once it is closed', async (t) => {
    const name = `manifold-test-${process.pid}`
    const { held, handle } = await hold(t, `unix:@${name}`)
    assert.deepEqual(held.address, { type: 'unix', path: `\0${name}` })
    accept(handle)
    assert.equal(await refusal({ path: `\0${name}` }), undefined)
    await fails(
      parseSocket('listen.local', { path: `\0${name}` }),
      `@${name}`,
      'EADDRINUSE',
      /another process/,
    )
    held.close()
    assert.equal(await refusal({ path: `\0${name}` }), 'ECONNREFUSED')
    assert.equal(existsSync(`@${name}`), false)
    await hold(t, `unix:@${name}`)
  })

  test('of another process is free when that is killed', async (t) => {
    const option = `unix:@manifold-test-${process.pid}`
    const owner = await otherProcess(t)
    assert.equal((await owner.hold(option)).held, true)
    await assert.rejects(hold(t, option), { systemCode: 'EADDRINUSE' })
    await owner.kill()
    await hold(t, option)
  })
})
