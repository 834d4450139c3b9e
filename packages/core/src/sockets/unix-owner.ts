import { lstatSync, readFileSync, type Stats, statSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
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
export type Claim =
  | {
      readonly release: () => void /** The name that is held, if there are such names here. */
      readonly lock?: StreamHandle
    }
  | 'owned'

export function claim(socketPath: string): Claim {
  const directory = visible(path.dirname(socketPath))
  // Without the directory there is nothing to own; the bind will say so.
  if (process.platform !== 'linux' || !directory) return { release: () => {} }
  // By the directory's identity: two spellings of one path are one place.
  const name = `\0manifold-${directory.dev}-${directory.ino}-${path.basename(socketPath)}`
  const lock = bindPipe(Buffer.byteLength(name) > MAX_NAME ? `\0manifold-${digest(name)}` : name)
  if (typeof lock === 'number') return 'owned'
  return { release: () => lock.close(), lock }
}

function visible(directory: string): Stats | undefined {
  try {
    return statSync(directory)
  } catch {
    return undefined
  }
}

/** What the kernel can hold of an abstract name. */
const MAX_NAME = 107

/** Rarely needed, so that it is loaded only then. */
function digest(name: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(name).digest('hex')
}

/** Removes the file of a dead owner. False if somebody answers there, or if it is not a socket at all. */
export async function removeStale(socketPath: string): Promise<boolean> {
  const before = lstatSync(socketPath, { throwIfNoEntry: false })
  if (!before) return true
  if (!before.isSocket()) return false
  if (isBound(socketPath) || !(await refuses(socketPath))) return false
  // The file that was tried, not one that has taken its place in the meantime.
  const now = lstatSync(socketPath, { throwIfNoEntry: false })
  if (!now) return true
  if (now.ino !== before.ino || now.ctimeMs !== before.ctimeMs) return false
  unlinkSync(socketPath)
  return true
}

/** The state in `/proc/net/unix` of a connection that was accepted: it has the path, too, and may outlive the socket. */
const CONNECTED = '03'

/** Whether a living process has bound that path: Linux knows. Connecting cannot tell while it does not listen yet. */
function isBound(socketPath: string): boolean {
  try {
    const sockets = readFileSync('/proc/net/unix', 'utf8').split('\n')
    return sockets.some((line) => line.endsWith(` ${socketPath}`) && line.split(/ +/)[5] !== CONNECTED)
  } catch {
    return false
  }
}

/** True only if the system says that nobody listens. A full backlog (EAGAIN) or a missing right is a sign of life. */
function refuses(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect(socketPath)
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED' || error.code === 'ENOENT')
    })
  })
}
