import { chmodSync, lstatSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { log } from '../debug.js'
import { bindPipe, type StreamHandle } from '../node-internals.js'
import { DEFAULT_BACKLOG, formatSpec, MAX_PATH_BYTES, type SocketSpec } from './address.js'
import type { Bound } from './bound.js'
import { errnoOf, socketError } from './system-error.js'
import { type Claim, claim, removeStale } from './unix-owner.js'
import { isAbstract, shortest } from './unix-path.js'

const debug = log('socket')

type UnixSpec = SocketSpec & { type: 'unix' }

/**
 * @param outlives whether the socket, and so its file, may outlive this process.
 * @param lock the name that says whose the path is, if this process has it already.
 */
export async function holdUnix(
  name: string,
  spec: UnixSpec,
  outlives: boolean,
  lock?: StreamHandle,
): Promise<Bound> {
  const { path, backlog = DEFAULT_BACKLOG } = spec
  const where = formatSpec(spec)
  const inFileSystem = !isAbstract(path) && process.platform !== 'win32'
  const stays = outlives && inFileSystem
  // What is to outlive this process must not depend on where that was.
  const short = stays ? path : shortest(path)
  // Up to Node 22 libuv would cut it off and bind the rest.
  if (process.platform !== 'win32' && Buffer.byteLength(short) > MAX_PATH_BYTES)
    throw socketError(name, where, errnoOf('ENAMETOOLONG'))
  const owner = lock ? { release: () => lock.close(), lock } : ownerOf(path, inFileSystem)
  if (owner === 'owned') throw socketError(name, where, errnoOf('EADDRINUSE'))
  try {
    let handle = stays ? -1 : bindPipe(short)
    if (stays) handle = await bindToStay(path, (stream, file) => mode(stream, file))
    else if (handle === errnoOf('EADDRINUSE') && inFileSystem && (await removeStale(short)))
      handle = bindPipe(short)
    if (typeof handle === 'number') throw socketError(name, where, handle)
    const stream = handle
    if (!stays) mode(stream, path)
    const release = () => {
      stream.close()
      owner.release()
    }
    const flags = { backlog, ipv6Only: false, reusePort: false, lock: owner.lock }
    const bound = { address: { type: 'unix', path } as const, handle, ...flags, release }
    const file = stays ? fileAt(path) : undefined
    return file === undefined ? bound : { ...bound, removeFile: () => removeFile(path, file) }
  } catch (error) {
    owner.release()
    throw error
  }

  function mode(stream: StreamHandle, file: string): void {
    if (spec.mode !== undefined) setMode(name, where, file, spec.mode, stream)
  }
}

function ownerOf(path: string, inFileSystem: boolean): Claim {
  return inFileSystem ? claim(path) : { release: () => {} }
}

/** Of names that nobody else is likely to give a socket: libuv would remove that, too. */
const LAST_CHARACTERS = '~#=+%^'

/**
 * libuv removes the file that a socket was bound to when it closes it, and so does a process that ends, though others
 * may have the socket still. So this one is bound to another name in the same directory, no longer than the path, and
 * gets its name after that. Whoever connects finds the old file or the new one, and never none.
 */
async function bindToStay(
  path: string,
  bound: (stream: StreamHandle, file: string) => void,
): Promise<StreamHandle | number> {
  if (!(await removeStale(path))) return errnoOf('EADDRINUSE')
  for (const last of LAST_CHARACTERS) {
    const other = [...path].slice(0, -1).join('') + last
    if (other === path) continue
    let handle = bindPipe(other)
    // A process that was killed in the moment between has left it.
    if (handle === errnoOf('EADDRINUSE') && (await removeStale(other))) handle = bindPipe(other)
    if (handle === errnoOf('EADDRINUSE')) continue
    if (typeof handle === 'number') return handle
    bound(handle, other)
    try {
      renameSync(other, path)
    } catch (error) {
      handle.close()
      return (error as NodeJS.ErrnoException).errno ?? errnoOf('EINVAL')
    }
    return handle
  }
  return errnoOf('EADDRINUSE')
}

/** @throws {SocketError}; the socket is closed then. */
export function setMode(name: string, where: string, path: string, mode: number, stream: StreamHandle): void {
  try {
    chmodSync(path, mode)
  } catch (error) {
    stream.close()
    throw socketError(name, where, (error as NodeJS.ErrnoException).errno ?? errnoOf('EINVAL'))
  }
}

/** Of a socket that has another name than the one that it was bound to, which is all that libuv knows. */
export function makeFileAccessible(path: string, readable: boolean, writable: boolean): void {
  try {
    chmodSync(path, (statSync(path).mode & 0o777) | (readable ? 0o444 : 0) | (writable ? 0o222 : 0))
  } catch (error) {
    debug('%s: its mode stays: %o', path, error)
  }
}

/** Which file a socket has, by its inode; undefined if there is no socket. */
export function fileAt(path: string): number | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats?.isSocket() ? stats.ino : undefined
}

/** Unless another has taken its place. */
export function removeFile(path: string, inode: number): void {
  try {
    if (fileAt(path) === inode) unlinkSync(path)
  } catch (error) {
    debug('%s stays: %o', path, error)
  }
}
