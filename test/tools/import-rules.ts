// The rules that `check-imports` checks. A rule takes what it judges and returns complaints, one line each.

import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { type Import, lineAt } from './source-text.js'

/** From the lowest: a package may import those before it. */
export const packages = ['core', 'groups', 'health'] as const
export type PackageName = (typeof packages)[number]

export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** The only file that may use what Node does not document. */
export const internalsFile = 'packages/core/src/node-internals.ts'

/** What is loaded into every worker beside the user's code: it stays small, and brings no surprises along. */
const runtimeFolder = 'packages/core/src/runtime/'
const runtimeDependencies = ['eventemitter3', 'debug']

/** Names that lead to undocumented parts of Node. */
const undocumented = [
  /\b_handle\b/,
  /\b_listen2\b/,
  /\b_createServerHandle\b/,
  /\b_getServer\b/,
  /\b_getActiveHandles\b/,
  /\b_httpMessage\b/,
  /\b_handleQueue\b/,
  /\bwriteQueueSize\b/,
  /(?<=['"`])kChannelHandle(?=['"`])/,
  /(?<=['"`])http\.server\.connections(?=['"`])/,
  /(?<=['"`])ticketKeys(?=['"`])/,
  /\b_channel\b/,
  /\b_connections\b/,
  /\b_pipeName\b/,
  /\binternalMessage\b/,
  /\bprocess\.binding\b/,
  /\bowner_symbol\b/,
  /(?<=['"`])state symbol(?=['"`])/,
  // The commands of Node's own messages between processes, such as NODE_HANDLE_ACK; not its documented variables.
  /(?<=['"`.])NODE_(?!(?:ENV|OPTIONS|DEBUG|PATH|NO_WARNINGS|EXTRA_CA_CERTS|V8_COVERAGE|TEST_CONTEXT|CLUSTER_SCHED_POLICY)\b)[A-Z_]+/,
]

/** `@manifold/core/worker` → `core`; undefined for anything that is not ours. */
function ownPackage(specifier: string): string | undefined {
  return /^@manifold\/([^/]+)/.exec(specifier)?.[1]
}

/** `fastify/plugin` → `fastify`, `@scope/name/file` → `@scope/name`. */
function dependencyName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** `file` is relative to the repository, as `packages/core/src/index.ts`. */
export function checkImport(file: string, { specifier }: Import, manifest: Manifest): string | undefined {
  const [, name = ''] = file.split('/')
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier)
    return target.startsWith(`packages/${name}/`) ? undefined : `'${specifier}' leaves the package`
  }
  if (isBuiltin(specifier)) return undefined

  const imported = ownPackage(specifier)
  if (imported === name) return `'${specifier}' is the package itself; a relative import says so`
  if (imported !== undefined && !isBelow(imported, name)) {
    return `'${specifier}': imports go ${[...packages].reverse().join(' → ')} only`
  }
  const dependency = dependencyName(specifier)
  if (file.startsWith(runtimeFolder) && !runtimeDependencies.includes(dependency)) {
    return `'${specifier}': the worker runtime may import ${runtimeDependencies.join(', ')} and core's own files only`
  }
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
  return dependency in declared ? undefined : `'${dependency}' is not among the package's dependencies`
}

function isBelow(lower: string, upper: string): boolean {
  const order: readonly string[] = packages
  return order.includes(lower) && order.indexOf(lower) < order.indexOf(upper)
}

/** What package.json and tsconfig.json say must agree, and go the same way as the imports. */
export function checkManifest(
  name: PackageName,
  manifest: Manifest,
  references: readonly string[],
): string[] {
  const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  const ours = dependencies.map(ownPackage).filter((dependency) => dependency !== undefined)
  const referenced = references.map((path) => posix.basename(posix.join(name, path)))
  return [
    ...ours
      .filter((other) => !isBelow(other, name))
      .map((other) => `depends on @manifold/${other}, which is not below it`),
    ...referenced
      .filter((other) => !ours.includes(other))
      .map((other) => `refers to ${other}, no dependency of it`),
    ...ours
      .filter((other) => !referenced.includes(other))
      .map((other) => `lacks a project reference to ${other}`),
  ]
}

/** Uses of undocumented Node, given a file's text without comments. */
export function findUndocumented(text: string): { readonly name: string; readonly line: number }[] {
  const matches = undocumented.flatMap((pattern) => [...text.matchAll(new RegExp(pattern, 'g'))])
  const found = matches.map((match) => ({ name: match[0], line: lineAt(text, match.index) }))
  return found.sort((one, other) => one.line - other.line)
}
