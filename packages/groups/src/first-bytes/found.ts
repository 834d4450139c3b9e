import type { Peer } from '@manifold/core/internal'

/** What the first bytes of a connection tell about its client. */
export interface Found {
  /** What the client's connections have in common; undefined if the bytes do not tell. */
  readonly key: string | undefined
  /** How many bytes are for the master only, and not put back. */
  readonly strip?: number
  /** The client itself, where a proxy has named it. */
  readonly peer?: Peer
}

/** Looks for the client in what has come so far; undefined if more has to come. */
export type Search = (head: Buffer) => Found | undefined

export const NOTHING: Found = { key: undefined }
