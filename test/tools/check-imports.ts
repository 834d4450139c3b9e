// Keeps the architecture: which way imports go, and where alone undocumented Node is touched. Part of `npm run lint`.
//   node test/dist/tools/check-imports.js [root of the repository]

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { checkImport, checkManifest, findUndocumented, internalsFile, packages } from './import-rules.js'
import { source } from './paths.js'
import { importsOf, withoutComments } from './source-text.js'

const root = process.argv[2] ?? dirname(source)
const violations = packages.flatMap((name) => {
  const folder = `packages/${name}`
  const manifest = readJson(`${folder}/package.json`)
  const references = readJson(`${folder}/tsconfig.json`).references ?? []
  const inManifest = checkManifest(
    name,
    manifest,
    references.map(({ path }) => path),
  )
  return [
    ...inManifest.map((complaint) => `${folder}/package.json: ${complaint}`),
    ...sourceFiles(`${folder}/src`).flatMap((file) => checkFile(file, manifest)),
  ]
})

for (const violation of violations) console.log(violation)
if (violations.length > 0) process.exitCode = 1

interface Configuration {
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly references?: { readonly path: string }[]
}

function readJson(path: string): Configuration {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}

function sourceFiles(folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => /\.[cm]?[jt]s$/.test(name))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
}

function checkFile(file: string, manifest: Configuration): string[] {
  const text = withoutComments(readFileSync(join(root, file), 'utf8'))
  const imports = importsOf(text).flatMap((found) => {
    const complaint = checkImport(file, found, manifest)
    return complaint === undefined ? [] : [`${file}:${found.line}: ${complaint}`]
  })
  const internals = file === internalsFile ? [] : findUndocumented(text)
  return [
    ...imports,
    ...internals.map(({ name, line }) => `${file}:${line}: '${name}' is for ${internalsFile} alone`),
  ]
}
