// Makes a clone ready to run: installs the dependencies when they have changed, then builds what has changed.
// It needs nothing but Node and npm, and says nothing when there is nothing to do.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'node_modules', '.manifold-setup')

/** The folders that `pnpm-workspace.yaml` lists: plain ones and those of the form `folder/*`. */
function workspaceFolders() {
  const packages = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8').match(
    /^packages:\n((?: +- .+\n?)+)/m,
  )
  const patterns = [...(packages?.[1] ?? '').matchAll(/- *['"]?([^'"\n]+)['"]?/g)].map((match) =>
    match[1].trim(),
  )
  return patterns.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [join(root, pattern)]
    const parent = join(root, pattern.slice(0, -2))
    return existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name)) : []
  })
}

/** Changes whenever an install could give another result, and only then. */
function dependencyHash() {
  const manifests = workspaceFolders().map((folder) => join(folder, 'package.json'))
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'].map((name) => join(root, name))
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  for (const file of [...files, ...manifests.filter((file) => existsSync(file)).sort()]) {
    hash.update(`${relative(root, file).split(sep).join('/')}\n`).update(readFileSync(file))
  }
  return hash.digest('hex')
}

/**
 * Runs a command to its end. A signal is passed on, so that an interrupted install or build ends before this process
 * does, and then ends this process in the way the signal would have.
 */
function run(command, args, options) {
  return new Promise((resolve, reject) => {
    let caught
    const pass = (signal) => {
      caught ??= signal
      child.kill(signal)
    }
    // Before the child is there: handlers wait for the event loop, but without one the signal would end us at once.
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, pass)
    const child = spawn(command, args, { cwd: root, ...options })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      for (const signal of signals) process.off(signal, pass)
      if (caught) process.kill(process.pid, caught)
      else resolve({ ok: code === 0, output })
    })
  })
}

async function install() {
  const hash = dependencyHash()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return true

  const pnpm = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager
  console.log(`Installing the dependencies with ${pnpm}, once.`)
  rmSync(stamp, { force: true })
  // That is the very pnpm that `packageManager` names, so it need not resolve itself and record that in the lock file,
  // which a frozen one would not let it do. `CI` keeps it from asking questions.
  const args = ['-y', '--package', pnpm, '--', 'pnpm', 'install', '--frozen-lockfile', '--pm-on-fail=ignore']
  const { ok, output } = await run('npx', args, {
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32', // where npx is a script
  })
  if (ok) writeFileSync(stamp, hash)
  else console.error(output.trimEnd())
  return ok
}

/** The compiler itself finds what is out of date, in a fraction of a second, and prints only what is wrong. */
async function build() {
  const compiler = [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']
  const bundler = [join(root, '.ci', 'bundle.js')]
  for (const script of [compiler, bundler]) {
    const { ok } = await run(process.execPath, script, { stdio: ['ignore', 'inherit', 'inherit'] })
    if (!ok) return false
  }
  return true
}

if (!((await install()) && (await build()))) process.exitCode = 1
