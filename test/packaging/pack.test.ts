import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Consumer, type Finished, packageNames, repository } from './consumer.js'

interface Manifest {
  readonly version: string
  readonly license: string
  readonly engines: { readonly node: string }
  readonly sideEffects: unknown
  readonly exports: Record<string, string | { readonly types: string; readonly default: string }>
  readonly dependencies: Record<string, string>
}

/** Every module that the packages export, as a program names it. */
async function exportedModules(folder: string): Promise<string[]> {
  const names: string[] = []
  for (const name of packageNames) {
    const paths = Object.keys((await readManifest(join(folder, 'node_modules', '@manifold', name))).exports)
    const modules = paths.filter((path) => path !== './package.json')
    names.push(...modules.map((path) => `@manifold/${name}${path.slice(1)}`))
  }
  return names
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}

const ok = (stdout: string): Finished => ({ code: 0, stdout, stderr: '' })

describe('the packed packages', () => {
  let consumer: Consumer

  before(async () => {
    consumer = await Consumer.make()
  })
  after(() => consumer?.remove())

  test('hold what they export and the license, and nothing that only we need', async () => {
    assert.deepEqual(
      consumer.tarballs.map(({ name }) => name),
      packageNames.map((name) => `@manifold/${name}`),
    )
    for (const { name, files } of consumer.tarballs) {
      const paths = files.map(({ path }) => path)
      const unwanted = paths.filter(
        (path) =>
          !/^(?:dist\/bundle\/(?:.*\.c?js(?:\.map)?|init\.sh)|dist\/.*\.d\.ts|package\.json|LICENSE|README\.md)$/.test(
            path,
          ),
      )
      assert.deepEqual(unwanted, [], name)
      assert.deepEqual(
        paths.filter((path) => /\.test\.|tsbuildinfo/.test(path)),
        [],
        name,
      )
      assert.ok(paths.includes('LICENSE'), `${name} has no LICENSE`)

      const { exports } = await readManifest(join(consumer.folder, 'node_modules', ...name.split('/')))
      const targets = Object.values(exports).flatMap((entry) =>
        typeof entry === 'string' ? entry : Object.values(entry),
      )
      for (const target of targets)
        assert.ok(paths.includes(target.slice(2)), `${name} exports ${target}, but lacks it`)
    }
  })

  test('say what they need, and depend on each other by version', async () => {
    const { version } = await readManifest(join(repository, 'packages', 'core'))
    for (const name of packageNames) {
      const manifest = await readManifest(join(consumer.folder, 'node_modules', '@manifold', name))
      assert.equal(manifest.license, 'MIT')
      assert.equal(manifest.engines.node, '>=20.19')
      assert.notEqual(manifest.sideEffects, undefined)
      for (const [dependency, range] of Object.entries(manifest.dependencies)) {
        if (dependency.startsWith('@manifold/')) assert.equal(range, `^${version}`)
        assert.doesNotMatch(range, /^(?:workspace|link|file):/)
      }
    }
  })

  test('can be imported', async () => {
    const modules = await exportedModules(consumer.folder)
    const program = modules.map((name) => `await import('${name}')`).join('\n')
    assert.deepEqual(
      await consumer.node('--input-type=module', '-e', `${program}\nconsole.log('ok')`),
      ok('ok\n'),
    )
  })

  test('can be required, without a warning', async () => {
    const modules = await exportedModules(consumer.folder)
    const program = modules.map((name) => `require('${name}')`).join('\n')
    const print = `console.log(typeof require('@manifold/groups').Master, typeof require('@manifold/health').supervise)`
    assert.deepEqual(
      await consumer.node('--input-type=commonjs', '-e', `${program}\n${print}`),
      ok('function function\n'),
    )
  })

  for (const resolution of ['nodenext', 'bundler']) {
    test(`type-check in a strict program, resolved as ${resolution}`, async () => {
      assert.deepEqual(await consumer.typeCheck(`tsconfig.${resolution}.json`), ok(''))
    })
  }

  test('serve requests through workers, and stop', async () => {
    const { code, stdout, stderr } = await consumer.node('service.js')
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    const { master, answers, metrics } = JSON.parse(stdout)
    assert.equal(metrics, true, 'what a worker counts itself is among the metrics')
    assert.deepEqual(
      answers.map(({ group }: { group: string }) => group),
      ['esm', 'cjs'],
    )
    const pids = [master, ...answers.map(({ pid }: { pid: number }) => pid)]
    assert.equal(new Set(pids).size, 3, 'each worker is a process of its own')
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  })

  for (const program of ['forking.js', 'forking.cjs']) {
    test(`take the place of node:cluster (${program})`, async () => {
      const seen = JSON.stringify(['1 true', true, 1])
      assert.deepEqual(await consumer.node(program), ok(`${seen}\n`))
    })
  }

  test('guard a service until it has ended by itself; and have a program for that', async () => {
    const program = `import { guard } from '@manifold/health/guardian'
      await guard('service.js', { restart: { policy: 'on-failure' }, execArgv: [] })`
    const { code, stdout, stderr } = await consumer.node('--input-type=module', '-e', program)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.equal(JSON.parse(stdout).metrics, true)
    const help = await consumer.node(join('node_modules', '.bin', 'manifold-guard'), '--help')
    assert.deepEqual({ code: help.code, stderr: help.stderr }, { code: 0, stderr: '' })
    assert.match(help.stdout, /^Usage: manifold-guard/)
  })
})
