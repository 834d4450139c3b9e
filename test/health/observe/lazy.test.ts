import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { fixture } from '../../helpers/fixture.js'

const program = `
import { createRequire } from 'node:module'
import { Master } from '@manifold/groups'
import { supervise } from '@manifold/health'
const { cache } = createRequire(import.meta.url)
const loaded = () => Object.keys(cache).some((file) => /[\\\\/]prom-client[\\\\/]/.test(file))
const http = () => process.moduleLoadList.includes('NativeModule http')
const master = new Master({ groups: { web: ${JSON.stringify(fixture('apps/http'))} } })
const supervisor = supervise(master)
const before = [loaded(), http()]
await supervisor.metrics()
console.log(JSON.stringify([before, loaded()]))
`

test('what metrics and endpoints need is loaded with the first scrape, or with the option', async () => {
  const args = ['--input-type=module', '-e', program]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
  assert.equal(stderr, '')
  assert.deepEqual(JSON.parse(stdout), [[false, false], true])
})
