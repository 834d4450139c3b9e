import { parseSocket, type SocketSpec, validate } from '@manifold/core/internal'

/** Where `/livez`, `/readyz`, `/metrics` and `/status` are served, by HTTP. */
export type HttpOptions =
  /** A port of 127.0.0.1. */
  | number
  | {
      readonly port: number
      /** Who may reach it may read all that the endpoints tell. @default '127.0.0.1' */
      readonly host?: string
    }
  /** A Unix socket, with that file mode. The file of a dead owner is replaced. */
  | { readonly path: string; readonly mode?: number }

const LOCAL = '127.0.0.1'

/** @throws {OptionError} naming the wrong option. */
export function parseHttp(option: string, value: unknown): SocketSpec | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number') return parseSocket(option, { port: value, host: LOCAL })
  const given = validate.record(option, value)
  const inFileSystem = 'path' in given
  validate.onlyKnownKeys(option, given, inFileSystem ? ['path', 'mode'] : ['port', 'host'])
  return parseSocket(option, inFileSystem ? given : { host: LOCAL, ...given })
}
