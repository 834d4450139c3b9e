import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { executable } from '@manifold/core/internal'

/** How the master is started: the same every time, and yet what there is under these paths at that time. */
export interface Program {
  readonly execPath: string
  readonly execArgv: readonly string[]
  /** Absolute. Links in it are followed at each start: `current` may point to another release by then. */
  readonly script: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Where this process was started, as whoever started it calls the place: the system only knows where links lead to. */
export function logicalDirectory(env: NodeJS.ProcessEnv = process.env, physical = process.cwd()): string {
  const { PWD: named } = env
  return named !== undefined && path.isAbsolute(named) && leadsTo(named, physical) ? named : physical
}

function leadsTo(named: string, physical: string): boolean {
  try {
    return realpathSync(named) === realpathSync(physical) && statSync(named).isDirectory()
  } catch {
    return false
  }
}

/** The script of the master, absolute. A `file:` URL counts as it is. */
export function scriptAt(master: string | URL, directory: string): string {
  return path.resolve(directory, executable(master))
}
