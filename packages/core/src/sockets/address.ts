import net from 'node:net'
import { tmpdir } from 'node:os'
import { OptionError, show } from '../errors.js'
import type { WireAddress } from '../ipc/protocol.js'
import { flag, integer, onlyKnownKeys, text } from '../validate.js'
import { isAbstract, unixPath } from './unix-path.js'

/** Where a socket shall be, as users write it in `listen`. */
export type SocketOption =
  /** A TCP port on every address; 0 lets the system choose. */
  | number
  /** `'host:port'`, `'[::1]:port'`, or `'unix:path'`. */
  | string
  | { readonly port: number; readonly host?: string; readonly ipv6Only?: boolean; readonly backlog?: number }
  /** A Unix socket (a named pipe on Windows). A path that begins with NUL or `@` is an abstract name (Linux). */
  | { readonly path: string; readonly mode?: number; readonly backlog?: number }
  | {
      readonly udp: number
      readonly host?: string
      readonly ipv6Only?: boolean
      readonly reuseAddr?: boolean
      readonly recvBufferBytes?: number
      readonly sendBufferBytes?: number
    }
  /** A bound socket that this process inherited under that number. */
  | { readonly fd: number; readonly type?: 'stream' | 'udp' }
  /** A socket that systemd passed, by its `FileDescriptorName`. */
  | { readonly systemd: string; readonly type?: 'stream' | 'udp' }

/** The same, checked and with defaults: one shape for each kind of socket. */
export type SocketSpec =
  | {
      readonly type: 'tcp'
      readonly port: number
      readonly host: string | null
      readonly ipv6Only: boolean
      readonly backlog: number | undefined
    }
  | {
      readonly type: 'unix'
      readonly path: string
      readonly mode: number | undefined
      readonly backlog: number | undefined
    }
  | {
      readonly type: 'udp'
      readonly port: number
      readonly host: string | null
      readonly family: 4 | 6
      readonly ipv6Only: boolean
      readonly reuseAddr: boolean
      readonly recvBufferBytes: number | undefined
      readonly sendBufferBytes: number | undefined
    }
  | { readonly type: 'fd'; readonly fd: number; readonly transport: 'stream' | 'udp' }
  | { readonly type: 'systemd'; readonly name: string; readonly transport: 'stream' | 'udp' }

/** An address that a socket has: what it was bound to, with the real port. */
export type SocketAddress = WireAddress

/** Node's default: `listen(2)` rounds it up to 512. */
export const DEFAULT_BACKLOG = 511

/** The kernel's `sun_path` with its closing NUL: 108 bytes on Linux, 104 on the BSDs and macOS. */
export const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103

const KEYS = {
  port: ['port', 'host', 'ipv6Only', 'backlog'],
  path: ['path', 'mode', 'backlog'],
  udp: ['udp', 'host', 'ipv6Only', 'reuseAddr', 'recvBufferBytes', 'sendBufferBytes'],
  fd: ['fd', 'type'],
  systemd: ['systemd', 'type'],
} as const

/** Reads one entry of `listen`. `option` is its full name, for errors. `directory` is where relative paths begin. */
export function parseSocket(option: string, value: unknown, directory = process.cwd()): SocketSpec {
  if (typeof value === 'number') return tcp(option, { port: value })
  if (typeof value === 'string') return parseText(option, value, directory)
  if (typeof value !== 'object' || value === null) throw new OptionError(option, EXPECTED, value)
  const kinds = (Object.keys(KEYS) as (keyof typeof KEYS)[]).filter((kind) => kind in value)
  const kind = kinds[0]
  if (kind === undefined || kinds.length > 1) throw new OptionError(option, EXPECTED, value)
  onlyKnownKeys(option, value, KEYS[kind])
  const fields = value as Record<string, unknown>
  switch (kind) {
    case 'port':
      return tcp(option, fields)
    case 'path':
      return unix(option, fields, directory)
    case 'udp':
      return udp(option, fields)
    case 'fd':
      return {
        type: 'fd',
        fd: integer(`${option}.fd`, fields.fd, 0, 2 ** 31 - 1),
        transport: transport(option, fields),
      }
    case 'systemd':
      return {
        type: 'systemd',
        name: text(`${option}.systemd`, fields.systemd),
        transport: transport(option, fields),
      }
    default:
      return kind satisfies never
  }
}

const EXPECTED =
  "a port, 'host:port', 'unix:path', or an object with exactly one of 'port', 'path', 'udp', 'fd', 'systemd'"

function parseText(option: string, value: string, directory: string): SocketSpec {
  if (value.startsWith('unix:')) return unix(option, { path: value.slice('unix:'.length) }, directory)
  const match = /^(?:\[(?<ipv6>[^\]]+)\]|(?<host>[^:]+)):(?<port>\d{1,5})$/.exec(value)
  const { ipv6, host, port } = match?.groups ?? {}
  if (port === undefined || (ipv6 !== undefined && !net.isIPv6(ipv6))) {
    throw new OptionError(option, EXPECTED, value)
  }
  return tcp(option, { port: Number(port), host: ipv6 ?? host })
}

function tcp(option: string, fields: Record<string, unknown>): SocketSpec {
  return {
    type: 'tcp',
    port: integer(`${option}.port`, fields.port, 0, 65_535),
    host: fields.host === undefined ? null : text(`${option}.host`, fields.host),
    ipv6Only: ipv6Only(option, fields),
    backlog: backlog(option, fields),
  }
}

function unix(option: string, fields: Record<string, unknown>, directory: string): SocketSpec {
  const given = fields.path
  if (typeof given !== 'string' || given === '' || given.slice(1).includes('\0')) {
    throw new OptionError(`${option}.path`, 'a path, or an abstract name that begins with NUL or @', given)
  }
  const mode = fields.mode === undefined ? undefined : integer(`${option}.mode`, fields.mode, 0, 0o777)
  if (given === '@' || given === '\0')
    throw new OptionError(`${option}.path`, 'an abstract name that is not empty', given)
  const absolute = unixPath(given, directory)
  if (isAbstract(absolute)) {
    if (process.platform !== 'linux') {
      throw new OptionError(
        `${option}.path`,
        'a path in the file system (abstract names exist on Linux only)',
        given,
      )
    }
    if (mode !== undefined)
      throw new OptionError(`${option}.mode`, 'left out: an abstract name has no mode', mode)
  }
  const bytes = Buffer.byteLength(absolute)
  if (process.platform !== 'win32' && bytes > MAX_PATH_BYTES) {
    const expected = `at most ${MAX_PATH_BYTES} bytes long as an absolute path, which the kernel can hold (here ${bytes}; ${tmpdir()} is short)`
    throw new OptionError(`${option}.path`, expected, absolute)
  }
  return { type: 'unix', path: absolute, mode, backlog: backlog(option, fields) }
}

function udp(option: string, fields: Record<string, unknown>): SocketSpec {
  const host = fields.host === undefined ? null : text(`${option}.host`, fields.host)
  const optional = (name: string) =>
    fields[name] === undefined ? undefined : integer(`${option}.${name}`, fields[name], 1, 2 ** 31 - 1)
  return {
    type: 'udp',
    port: integer(`${option}.udp`, fields.udp, 0, 65_535),
    host,
    family: host?.includes(':') || fields.ipv6Only === true ? 6 : 4,
    ipv6Only: ipv6Only(option, fields),
    reuseAddr: fields.reuseAddr === undefined ? false : flag(`${option}.reuseAddr`, fields.reuseAddr),
    recvBufferBytes: optional('recvBufferBytes'),
    sendBufferBytes: optional('sendBufferBytes'),
  }
}

function ipv6Only(option: string, fields: Record<string, unknown>): boolean {
  const only = fields.ipv6Only === undefined ? false : flag(`${option}.ipv6Only`, fields.ipv6Only)
  if (only && typeof fields.host === 'string' && net.isIPv4(fields.host)) {
    throw new OptionError(`${option}.ipv6Only`, 'left out, or false, with an IPv4 host', only)
  }
  return only
}

function transport(option: string, fields: Record<string, unknown>): 'stream' | 'udp' {
  const { type = 'stream' } = fields
  if (type !== 'stream' && type !== 'udp') throw new OptionError(`${option}.type`, "'stream' or 'udp'", type)
  return type
}

/** Left out, it is the program's own that counts. */
function backlog(option: string, fields: Record<string, unknown>): number | undefined {
  return fields.backlog === undefined ? undefined : integer(`${option}.backlog`, fields.backlog, 1, 65_535)
}

/** For people: `127.0.0.1:8080`, `[::]:8443`, `udp 0.0.0.0:8125`, `/run/web.sock`, `@name`. */
export function formatAddress(address: SocketAddress): string {
  if (address.type === 'unix') return address.path.replace(/^\0/, '@')
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${address.type === 'udp' ? 'udp ' : ''}${host}:${address.port}`
}

/** The same for a socket that is not bound yet. */
export function formatSpec(spec: SocketSpec): string {
  switch (spec.type) {
    case 'unix':
      return spec.path.replace(/^\0/, '@')
    case 'fd':
      return `descriptor ${spec.fd}`
    case 'systemd':
      return `systemd's socket ${show(spec.name)}`
    case 'tcp':
    case 'udp': {
      const host = spec.host === null ? '*' : spec.host.includes(':') ? `[${spec.host}]` : spec.host
      return `${spec.type === 'udp' ? 'udp ' : ''}${host}:${spec.port}`
    }
    default:
      return spec satisfies never
  }
}
