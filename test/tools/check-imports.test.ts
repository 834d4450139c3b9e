import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { importsOf, withoutComments } from './source-text.js'

const script = fileURLToPath(new URL('./check-imports.js', import.meta.url))

/** A repository as it should be; tests overwrite a file of it to break a rule. */
const sound: Record<string, string> = {
  'packages/core/package.json': '{ "dependencies": { "debug": "1", "eventemitter3": "1", "ws": "1" } }',
  'packages/core/tsconfig.json': '{ "references": [] }',
  'packages/core/src/index.ts': `import { x } from './runtime/listen.js'\nexport { x }\n`,
  'packages/core/src/node-internals.ts': `export const handle = (server: any) => server._handle\n`,
  'packages/core/src/runtime/listen.ts': `import net from 'node:net'\nimport debug from 'debug'\nimport '../index.js'\n`,
  'packages/groups/package.json': '{ "dependencies": { "@manifold/core": "workspace:^" } }',
  'packages/groups/tsconfig.json': '{ "references": [{ "path": "../core" }] }',
  'packages/groups/src/index.ts': `export type { X } from '@manifold/core/internal'\n`,
  'packages/health/package.json': '{ "dependencies": { "@manifold/groups": "workspace:^" } }',
  'packages/health/tsconfig.json': '{ "references": [{ "path": "../groups" }] }',
  'packages/health/src/index.ts': `const groups = await import('@manifold/groups')\n`,
}

async function check(
  t: TestContext,
  changes: Record<string, string>,
): Promise<{ code: number | null; lines: string[] }> {
  const root = await mkdtemp(join(tmpdir(), 'manifold-imports-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  for (const [name, text] of Object.entries({ ...sound, ...changes })) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' })
  return { code: status, lines: `${stdout}${stderr}`.split('\n').filter((line) => line !== '') }
}

test('a sound tree passes in silence', async (t) => {
  assert.deepEqual(await check(t, {}), { code: 0, lines: [] })
})

const broken: { rule: string; file: string; text: string; expected: RegExp[] }[] = [
  {
    rule: 'an import of a package above',
    file: 'packages/core/src/index.ts',
    text: `\nimport type { Master } from '@manifold/groups'\n`,
    expected: [
      /^packages\/core\/src\/index\.ts:2: '@manifold\/groups': imports go health → groups → core only$/,
    ],
  },
  {
    rule: 'an import that spans lines, of a package by its own name',
    file: 'packages/groups/src/index.ts',
    text: `import {\n  a,\n  b,\n} from '@manifold/groups/cluster'\n`,
    expected: [/^packages\/groups\/src\/index\.ts:4: '@manifold\/groups\/cluster' is the package itself/],
  },
  {
    rule: 'a lower package that is not declared',
    file: 'packages/health/src/index.ts',
    text: `import { x } from '@manifold/core'\nconst y = require('fastify/lib')\n`,
    expected: [
      /^packages\/health\/src\/index\.ts:1: '@manifold\/core' is not among the package's dependencies$/,
      /^packages\/health\/src\/index\.ts:2: 'fastify' is not among/,
    ],
  },
  {
    rule: 'relative paths out of the package',
    file: 'packages/groups/src/policies/sticky.ts',
    text: `export * from '../../../core/src/index.js'\nconst url = new URL('../../../core/x.js', import.meta.url)\n`,
    expected: [
      /^packages\/groups\/src\/policies\/sticky\.ts:1: '\.\.\/\.\.\/\.\.\/core\/src\/index\.js' leaves the package$/,
      /^packages\/groups\/src\/policies\/sticky\.ts:2: .* leaves the package$/,
    ],
  },
  {
    rule: 'another dependency in the worker runtime',
    file: 'packages/core/src/runtime/listen.ts',
    text: `import ws from 'ws'\n`,
    expected: [
      /^packages\/core\/src\/runtime\/listen\.ts:1: 'ws': the worker runtime may import eventemitter3, debug/,
    ],
  },
  {
    rule: 'undocumented Node',
    file: 'packages/core/src/sockets/held.ts',
    text: [
      `server._handle = 1 // and not _listen2`,
      `'state symbol'`,
      `/* process.binding */ message.cmd === 'NODE_HANDLE_ACK'`,
      `env.NODE_CHANNEL_FD; env.NODE_OPTIONS; my_handle`,
      `\`a // \${server._connections}\``,
    ].join('\n'),
    expected: [
      /held\.ts:1: '_handle' is for packages\/core\/src\/node-internals\.ts alone$/,
      /held\.ts:2: 'state symbol'/,
      /held\.ts:3: 'NODE_HANDLE_ACK'/,
      /held\.ts:4: 'NODE_CHANNEL_FD'/,
      /held\.ts:5: '_connections'/,
    ],
  },
  {
    rule: 'a dependency on a package above',
    file: 'packages/core/package.json',
    text: '{ "dependencies": { "debug": "1", "eventemitter3": "1", "@manifold/health": "workspace:^" } }',
    expected: [
      /^packages\/core\/package\.json: depends on @manifold\/health, which is not below it$/,
      /^packages\/core\/package\.json: lacks a project reference to health$/,
    ],
  },
  {
    rule: 'a project reference without a dependency',
    file: 'packages/health/tsconfig.json',
    text: '{ "references": [{ "path": "../groups" }, { "path": "../core" }] }',
    expected: [/^packages\/health\/package\.json: refers to core, no dependency of it$/],
  },
]

for (const { rule, file, text, expected } of broken) {
  test(`finds ${rule}`, async (t) => {
    const { code, lines } = await check(t, { [file]: text })
    assert.equal(lines.length, expected.length, lines.join('\n'))
    for (const [index, pattern] of expected.entries()) assert.match(lines[index] ?? '', pattern)
    assert.equal(code, 1)
  })
}

test('takes strings, templates and regular expressions for what they are', () => {
  const text = [
    `const url = 'http://x' // import 'a'`,
    `const pattern = /['"\`//]/ /* import 'b' */`,
    `const ratio = a / b // import 'c'`,
    "const prose = `went from 'here' // to there`",
    `import d from 'd' /*`,
    `import 'e' */`,
  ].join('\n')
  const plain = withoutComments(text)
  assert.deepEqual(importsOf(plain), [{ specifier: 'd', line: 5 }])
  assert.match(plain, /'http:\/\/x'/)
  assert.match(plain, /here' \/\/ to there/)
  assert.equal(plain.split('\n').length, text.split('\n').length)
})
