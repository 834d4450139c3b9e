import { ManifoldError } from '@manifold/core'
import { bindPipe, hashOf } from '@manifold/core/internal'

/** A name that only one service has at a time. */
export interface NameLock {
  /** To be inherited by the masters: as long as one of them lives, the name is taken. -1 where there is no lock. */
  readonly fd: number
  release(): void
}

/**
 * Takes the name of a service for this guardian and its masters: a second one would start a second service on top of the
 * first. The kernel of Linux keeps it, as the name of a socket, and gives it back when the last of them is gone; elsewhere
 * only the addresses, which are in use, keep the second from starting.
 *
 * @throws {ManifoldError} `ERR_MANIFOLD_GUARDED`
 */
export function lockName(name: string): NameLock {
  if (process.platform !== 'linux') return { fd: -1, release: () => {} }
  const lock = bindPipe(`\0manifold-guard-${process.getuid?.()}-${fitting(name)}`)
  if (typeof lock === 'number') {
    throw new ManifoldError(
      'ERR_MANIFOLD_GUARDED',
      `'${name}' is guarded already, or runs on after its guardian has died. ` +
        'End the old master first (SIGTERM drains it), or give this one another name (option name)',
    )
  }
  return { fd: Reflect.get(lock, 'fd') as number, release: () => lock.close() }
}

/** What the kernel's names have room for, beside the rest. */
const MAX_BYTES = 60

/** A long name by its end, where names differ, and by the hash of all of it: node:crypto would cost a megabyte. */
function fitting(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name
  return `${hashOf(name)}-${Buffer.from(name)
    .subarray(-MAX_BYTES)
    .toString('latin1')
    .replace(/[^ -~]/g, '.')}`
}
