import { readFileSync, readlinkSync } from 'node:fs'
import { OptionError } from '../errors.js'
import { guardianLink } from '../guard/link.js'

/** The first descriptor that systemd passes (sd_listen_fds(3)). */
const FIRST = 3

export interface Inherited {
  readonly fd: number
  readonly name: string
}

/**
 * The sockets that systemd (or anything that follows sd_listen_fds(3)) passed to this process. Empty when the
 * variables are meant for another process: they are inherited, and `LISTEN_PID` tells whom they address. A guardian
 * passes on those that it has got.
 */
export function systemdSockets(
  env: NodeJS.ProcessEnv = process.env,
  pid = process.pid,
): readonly Inherited[] {
  const link = env === process.env ? guardianLink() : undefined
  if (link) return link.boot.inherited
  const count = Number(env.LISTEN_FDS)
  if (Number(env.LISTEN_PID) !== pid || !Number.isInteger(count) || count < 1) return []
  const names = env.LISTEN_FDNAMES?.split(':') ?? []
  return Array.from({ length: count }, (_, index) => ({ fd: FIRST + index, name: names[index] || 'unknown' }))
}

/** The descriptor of the socket with that name; a number picks by position where the unit gives no names. */
export function systemdSocket(socket: string, name: string, sockets = systemdSockets()): number {
  const found =
    sockets.find((candidate) => candidate.name === name) ?? sockets[/^\d+$/.test(name) ? Number(name) : -1]
  if (found) return found.fd
  const passed = sockets.map((candidate) => candidate.name).join(', ')
  throw new OptionError(
    `listen.${socket}.systemd`,
    `the name of a socket that systemd passed (${passed === '' ? 'it passed none' : passed})`,
    name,
  )
}

/** The path of a Unix socket that another process bound: Node does not tell it, Linux does. */
export function inheritedUnixPath(fd: number): string {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1]
    for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n')) {
      // Address, reference count, protocol, flags, type, state, inode, path; the path may have spaces.
      const [, found, path] = /^(?:\S+ +){6}(\d+) (.+)$/.exec(line) ?? []
      if (path !== undefined && found === inode) return path.replace(/^@/, '\0')
    }
  } catch {
    // Not Linux.
  }
  return `descriptor ${fd}`
}
