import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { logicalDirectory, scriptAt } from '@manifold/health/internal'

const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'program-')))
after(() => rmSync(root, { recursive: true }))
const release = path.join(root, 'releases', '1')
const current = path.join(root, 'current')
mkdirSync(release, { recursive: true })
symlinkSync(release, current)

describe('where a program was started', () => {
  test('is called as whoever started it does: a link may lead elsewhere later', () => {
    assert.equal(logicalDirectory({ PWD: current }, release), current)
  })

  test('is what the system says if the name is of another place, relative, missing, or leads nowhere', () => {
    for (const PWD of [root, 'current', undefined, path.join(root, 'gone')]) {
      assert.equal(logicalDirectory({ PWD }, release), release)
    }
  })
})

describe('the script of a master', () => {
  test('is relative to where the guardian was started, with its links left alone', () => {
    assert.equal(scriptAt('master.js', current), path.join(current, 'master.js'))
    assert.equal(scriptAt('/srv/current/master.js', current), '/srv/current/master.js')
  })

  test('may be a URL', () => {
    const url = pathToFileURL(path.join(current, 'master.js'))
    assert.equal(scriptAt(url, '/'), path.join(current, 'master.js'))
    assert.equal(scriptAt(url.href, '/'), path.join(current, 'master.js'))
  })
})
