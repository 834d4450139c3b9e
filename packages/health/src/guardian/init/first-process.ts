import { accessSync, constants } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { log } from '@manifold/core/internal'

const debug = log('guardian')

const SHELL = '/bin/sh'
/** Beside the bundle. */
const SCRIPT = fileURLToPath(new URL('./init.sh', import.meta.url))

interface Surroundings {
  readonly pid: number
  /** Descriptors beyond the first three that this process has inherited: Node closes them as another takes its place. */
  readonly fds: number
}

/**
 * The first process of a container becomes the parent of all that lose theirs, the workers of a dead master among them, and
 * has to reap them. Node does not do that. So this process runs itself again as the child of a shell that does: then this
 * call does not return.
 */
export function leaveFirstPlace({ pid, fds }: Surroundings): void {
  if (pid !== 1) return
  const execve = Reflect.get(process, 'execve') as typeof process.execve | undefined
  const why = reasonAgainst(execve !== undefined, fds)
  if (why !== undefined || execve === undefined) {
    const instead = `start it by 'sh ${SCRIPT} node guard.js', or the container with --init`
    debug('as the first process it leaves zombies: %s; %s', why, instead)
    return
  }
  // Its warning that it is experimental would be printed in the next turn, of which there is none.
  execve.call(
    process,
    SHELL,
    ['sh', SCRIPT, process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    { ...process.env, MANIFOLD_INIT: '1' },
  )
}

function reasonAgainst(able: boolean, fds: number): string | undefined {
  if (!able) return 'this Node cannot start itself anew'
  if (process.env.MANIFOLD_INIT !== undefined) return 'it has been started anew already'
  if (fds > 0) return 'it has inherited sockets, which would be lost'
  try {
    // Node gives up altogether if it fails.
    accessSync(SHELL, constants.X_OK)
    accessSync(SCRIPT, constants.R_OK)
    accessSync(process.execPath, constants.X_OK)
  } catch (error) {
    return (error as Error).message
  }
  return undefined
}
