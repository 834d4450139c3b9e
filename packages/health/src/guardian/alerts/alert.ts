export type AlertKind =
  /** A master that served has died. Its workers serve on. */
  | 'masterDied'
  /** A master had to be killed, as it said nothing any more. */
  | 'masterHung'
  /** No master is started any more. */
  | 'gaveUp'
  | 'upgradeFailed'
  /** The masters, or the workers of a group, die one after another. */
  | 'crashLoop'
  /** The guardian has died: the service serves on, but would not survive its master. */
  | 'guardianLost'

/** A trouble, or the end of it. */
export interface Alert {
  readonly kind: AlertKind
  /** What has the trouble: `master`, `guardian`, or the name of a group. */
  readonly subject: string
  /** For people. */
  readonly text: string
  /** For programs. Plain data. */
  readonly data: Readonly<Record<string, unknown>>
}

/** An alert as it is told. */
export interface ToldAlert extends Alert {
  /** When it was raised, as ISO 8601. */
  readonly time: string
  readonly host: string
  /** Of the process that tells it. */
  readonly pid: number
  readonly state: 'raised' | 'recovered'
  /** How many of this kind and subject were not told since the last one that was. */
  readonly heldBack: number
}

/** Who is told. */
export interface Receiver {
  /** Resolves when it has been told; rejects with why it could not be. Bounded. */
  tell(alert: ToldAlert, signal: AbortSignal): Promise<void>
}
