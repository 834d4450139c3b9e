import { createHash } from 'node:crypto'
import { lstatSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import { bindPipe, type StreamHandle } from '../node-internals.js'

/**
 * Who owns a Unix socket's path.
 *
 * A file stays behind when its owner is killed, and `bind` then fails for ever. Whether somebody lives behind a file
 * is decided by connecting: a socket that refuses has no listener. That is not enough for an owner that has bound
 * but not begun to listen, nor for two processes that find the same dead file at the same moment; so on Linux the
 * owner also holds an abstract name made of the path, which the kernel gives to one process at a time and takes
 * back at its death.
 */
export type Claim = { readonly release: () => void } | 'owned'

export function claim(path: string): Claim {
  if (process.platform !== 'linux') return { release: () => {} }
  const digest = createHash('sha256').update(path).digest('hex')
  const lock = bindPipe(`\0manifold-${digest}`)
  if (typeof lock === 'number') return 'owned'
  return { release: () => (lock as StreamHandle).close() }
}

/** Removes the file of a dead owner. False if somebody answers there, or if it is not a socket at all. */
export async function removeStale(path: string): Promise<boolean> {
  const before = lstatSync(path, { throwIfNoEntry: false })
  if (!before) return true
  if (!before.isSocket()) return false
  if (!(await refuses(path))) return false
  // The file that was tried, not one that has taken its place in the meantime.
  const now = lstatSync(path, { throwIfNoEntry: false })
  if (!now) return true
  if (now.ino !== before.ino || now.ctimeMs !== before.ctimeMs) return false
  unlinkSync(path)
  return true
}

/** True only if the system says that nobody listens. A full backlog (EAGAIN) or a missing right is a sign of life. */
function refuses(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED' || error.code === 'ENOENT')
    })
  })
}
