// Bundles each module that a package exports into one file, and the worker runtime into another. A service runs a
// master and many workers, and to find and load some fifty modules costs a master 2 MB and 20 ms, and a worker a
// quarter of its start. Run after `tsc -b`; files that would stay the same are not touched, as workers that start just
// now read them.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const packages = fileURLToPath(new URL('../packages/', import.meta.url))

/** The modules that a package exports, and those of its programs: `./dist/bundle/index.js` is made of `dist/index.js`. */
function entriesOf(folder) {
  const { exports, bin = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const modulesOf = (targets) => targets.map((target) => join(folder, 'dist', `${parse(target).name}.js`))
  return {
    modules: modulesOf(Object.values(exports).flatMap((target) => target.default ?? [])),
    programs: modulesOf(Object.values(bin)),
  }
}

/**
 * Other packages are left to be loaded, but for eventemitter3: it is CommonJS, for which an ES module has Node load a
 * lexer, as large as all of ours. What `internal.js` exports has the same identity everywhere: nobody else holds a copy.
 */
async function bundle(entryPoint, outdir, options = {}) {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    outdir,
    bundle: true,
    external: ['node:*', '@manifold/*', 'debug', 'prom-client', './internal.js'],
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    // What Node reads stays in memory; white space is a quarter of it, a megabyte with what its loading leaves. Names and
    // lines are kept for stack traces.
    minifyWhitespace: true,
    lineLimit: 110,
    sourcemap: 'linked',
    write: false,
    logLevel: 'warning',
    ...options,
  })
  return outputFiles
}

/** CommonJS: to load a single ES module costs a process as much memory as all that this one does. */
const COMMON_JS = { format: 'cjs', outExtension: { '.js': '.cjs' } }

/**
 * A program has of the other packages only what it uses, in one file: it runs for years beside a service, and its memory is
 * counted.
 */
function program(entryPoint, outdir) {
  const internal = join(packages, 'core', 'dist', 'internal.js')
  return bundle(entryPoint, outdir, {
    ...COMMON_JS,
    external: ['node:*', 'debug', 'prom-client'],
    alias: { '@manifold/core': internal, '@manifold/core/internal': internal },
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  })
}

/** A file that is shipped as it is. */
function copied(file, outdir) {
  return { path: join(outdir, basename(file)), contents: readFileSync(file) }
}

/** Writes what is new, and removes what is no longer made. */
function update(folder, files) {
  mkdirSync(folder, { recursive: true })
  for (const { path, contents } of files) {
    if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents)
  }
  const made = files.map(({ path }) => basename(path))
  for (const name of readdirSync(folder)) if (!made.includes(name)) rmSync(join(folder, name))
}

for (const name of ['core', 'groups', 'health']) {
  const folder = join(packages, name)
  const outdir = join(folder, 'dist', 'bundle')
  const { modules, programs } = entriesOf(folder)
  const bundles = [
    ...modules.map((module) => bundle(module, outdir)),
    ...programs.map((module) => program(module, outdir)),
  ]
  if (name === 'core') {
    // Node is told to `--require` it; see `src/runtime/register.ts`.
    const preload = { in: join(folder, 'dist', 'runtime', 'register.js'), out: 'preload' }
    const define = { 'import.meta.url': '__filename' }
    // Loaded by the preload when it is needed; see `src/runtime/watchdog/`.
    const watchdog = { in: join(folder, 'dist', 'runtime', 'watchdog', 'thread.js'), out: 'watchdog' }
    for (const entry of [preload, watchdog]) {
      bundles.push(bundle(entry, outdir, { ...COMMON_JS, define }))
    }
  }
  // What only a primary has of `./cluster`, which workers load, too; see `src/cluster.ts`.
  if (name === 'groups') bundles.push(bundle(join(folder, 'dist', 'primary.js'), outdir))
  const files = (await Promise.all(bundles)).flat()
  if (name === 'health') files.push(copied(join(folder, 'src', 'guardian', 'init', 'init.sh'), outdir))
  update(outdir, files)
}
