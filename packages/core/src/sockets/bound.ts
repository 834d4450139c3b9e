import type { Handle } from '../node-internals.js'
import type { SocketAddress } from './address.js'

/** A socket that is bound, and how to let go of it. */
export interface Bound {
  readonly address: SocketAddress
  readonly handle: Handle
  readonly backlog: number
  readonly ipv6Only: boolean
  readonly reusePort: boolean
  /** Of a Unix socket: what says that its path is owned. */
  readonly lock?: Handle | undefined
  /** Under which a guardian has it already. */
  readonly id?: string
  readonly release: () => void
  /** Of a Unix socket that outlives its process: removes its file, if it is still that. */
  readonly removeFile?: () => void
}
