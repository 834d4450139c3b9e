import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { source } from '../tools/paths.js'

/** One small program of the suite, and what its opening comment says of it. */
export interface Program {
  /** `<topic>/<name>`. */
  readonly name: string
  readonly path: string
  /** How its primary ends: an exit code or a signal. `// Ends with: SIGKILL` @default '0' */
  readonly endsWith: string
  /** The oldest Node line that has what it shows. `// Needs Node: 24` @default 0 */
  readonly needsNode: number
}

export const programs = join(source, 'cluster', 'programs')

/** All programs, by name; those whose name has one of the parts in it, if parts are given. */
export function findPrograms(parts: readonly string[] = []): Program[] {
  const files = readdirSync(programs, { recursive: true, encoding: 'utf8' })
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /^[^/]+\/[^/]+\.[cm]js$/.test(file))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort()
    .map((file) => read(file))
}

/** A program elsewhere. */
export function programAt(path: string, name: string): Program {
  const opening = /^(?:\/\/.*\n)*/.exec(readFileSync(path, 'utf8'))?.[0] ?? ''
  return {
    name,
    path,
    endsWith: /^\/\/ Ends with: (\w+)$/m.exec(opening)?.[1] ?? '0',
    needsNode: Number(/^\/\/ Needs Node: (\d+)$/m.exec(opening)?.[1] ?? 0),
  }
}

function read(file: string): Program {
  return programAt(join(programs, file), file.replace(/\.[cm]js$/, ''))
}

/** The Node that runs this, and the programs: 20, 22, … */
export const nodeLine = Number.parseInt(process.versions.node, 10)

export function isForThisNode({ needsNode }: Program): boolean {
  return nodeLine >= needsNode
}

/** The members of a process group that still run; zombies, which a container may leave, do not. */
export function groupMembers(group: number): number[] {
  if (!existsSync('/proc')) return []
  return readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .filter((pid) => {
      try {
        const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')
        const [state, , groupOfPid] = afterName.split(' ')
        return Number(groupOfPid) === group && state !== 'Z'
      } catch {
        return false // gone since it was listed
      }
    })
}
