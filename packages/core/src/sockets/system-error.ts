import { SocketError } from '../errors.js'

/** A failed bind in words: which socket, which address, and what the system said. */
export function socketError(socket: string, address: string, errno: number): SocketError {
  const [code, why] = systemErrors().get(errno) ?? ['UNKNOWN', `error ${errno}`]
  return new SocketError(socket, address, code, errno, ADVICE[code] ?? why)
}

/** The negative number of a system error, for answers to a worker. */
export function errnoOf(code: string): number {
  for (const [errno, [name]] of systemErrors()) if (name === code) return errno
  return -1
}

const ADVICE: Record<string, string> = {
  EADDRINUSE: 'another process uses it',
  EACCES: 'this user may not (a port below 1024, or a directory that is missing or not writable)',
  EADDRNOTAVAIL: 'no network interface has this address',
}

/** Asked for when something fails: an ESM import of `node:util` runs all of its lazy parts, half a megabyte. */
function systemErrors(): Map<number, [name: string, message: string]> {
  return process.getBuiltinModule('node:util').getSystemErrorMap()
}
