import assert from 'node:assert/strict'
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { HeldSocket, inodeOf, parseSocket } from '@manifold/core/internal'
import { temporaryDirectory } from '../helpers/fixture.js'
import { openDescriptors } from '../helpers/leaks.js'

test('the inode of a socket is what the kernel calls it, and asking does not spoil how modules are found', async (t) => {
  const directory = realpathSync(temporaryDirectory(t))
  mkdirSync(join(directory, 'real'))
  for (const name of ['one', 'other'])
    writeFileSync(join(directory, 'real', `${name}.cjs`), 'module.exports = __filename')
  symlinkSync('real', join(directory, 'link'))
  const require = createRequire(import.meta.url)
  const held = await HeldSocket.hold('http', parseSocket('listen.http', '127.0.0.1:0'))
  t.after(() => held.close())

  require(join(directory, 'link', 'one.cjs'))
  const inode = inodeOf(held.handle)
  assert.ok(openDescriptors().some(({ target }) => target === `socket:[${inode}]`))
  inodeOf(held.handle)
  // Node's loader takes what was looked at last for what it looks at, and follows no link behind a socket.
  assert.equal(require(join(directory, 'link', 'other.cjs')), join(directory, 'real', 'other.cjs'))
})
