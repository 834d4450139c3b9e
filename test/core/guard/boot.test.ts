import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { GUARD_VARIABLE, GUARD_VERSION } from '@manifold/core/internal'

const run = promisify(execFile)

const boot = { version: GUARD_VERSION, generation: 1, lifeline: 3, beatMs: 100, inherited: [], alerts: null }

/** What a process says of the guardian that its environment names. */
async function linkWith(text: string | undefined): Promise<string> {
  const code = `
    import { guardianLink } from '@manifold/core/internal'
    let said
    try { said = String(guardianLink()) } catch (error) { said = error.code + ' ' + error.message }
    try { guardianLink() } catch { said += ' again' }
    console.log(said, ${JSON.stringify(GUARD_VARIABLE)} in process.env)`
  const env = { ...process.env, ...(text !== undefined && { [GUARD_VARIABLE]: text }) }
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
    env,
    cwd: import.meta.dirname,
  })
  return stdout.trim()
}

test('a process without a guardian has no link', async () => {
  assert.equal(await linkWith(undefined), 'undefined false')
})

test('what no guardian of this version has written is an error each time, and is passed on to nobody', async () => {
  for (const text of [
    '',
    'nonsense',
    '[]',
    'null',
    '{}',
    ...[{ lifeline: 'x' }, { beside: 1 }].map((wrong) => JSON.stringify({ ...boot, ...wrong })),
  ])
    assert.match(await linkWith(text), /^ERR_MANIFOLD_PROTOCOL .*MANIFOLD_GUARDIAN.* again false$/)
  const foreign = await linkWith(JSON.stringify({ ...boot, version: GUARD_VERSION + 1 }))
  assert.match(foreign, new RegExp(`^ERR_MANIFOLD_PROTOCOL .*version is ${GUARD_VERSION + 1}.* again false$`))
})

test('a process that was started by another than the guardian is not guarded', async () => {
  assert.equal(await linkWith(JSON.stringify(boot)), 'undefined false')
})
