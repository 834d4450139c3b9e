import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ExampleProcess, isAlive } from './example-process.js'

it('the rolling reload example keeps a release that works, and rolls one back that does not', async () => {
  await using example = new ExampleProcess('rolling-reload', [])
  assert.deepEqual(await example.ended(), { code: 0, signal: null }, example.stdout + example.stderr)

  const said = example.lines.filter((line) => !line.startsWith('  ready') && !line.startsWith('  exit'))
  const expected = [
    /^Release 1 serves 8 clients/,
    /^Reload to release 2: done$/,
    /^Release 2 serves$/,
    // One slot had the new release, and the other never got it.
    /^ {2}rolled back: web\/0$/,
    /^Reload to release 3: aborted, ERR_MANIFOLD_CANARY: .*slot 0/,
    /^Release 2 serves$/,
    /^Requests answered: \d+ by release 1, \d+ by release 2, \d+ by release 3; failed: 0$/,
  ]
  assert.equal(said.length, expected.length, example.stdout)
  for (const [index, pattern] of expected.entries()) assert.match(said[index]!, pattern)
  assert.match(example.stderr, /^release 3: there is no column 'plan'$/m)

  // Two of release 1, two of release 2, one of release 3, and one of release 2 in its place.
  assert.equal(example.workerPids.length, 6)
  assert.deepEqual(example.workerPids.filter(isAlive), [])
})
