import type { GenerationState } from './generation/generation.js'

/** A guardian at one moment, as plain data. */
export interface GuardianStatus {
  readonly pid: number
  readonly state: 'starting' | 'running' | 'stopping' | 'stopped'
  /** Whether no master is started any more, as too many have died. */
  readonly gaveUp: boolean
  /** Those of which there is a process left, the oldest first. */
  readonly generations: readonly {
    readonly generation: number
    readonly state: GenerationState
    /** Of its master, if that lives. */
    readonly pid: number | undefined
  }[]
  /** Sockets (and locks of paths) that it keeps. */
  readonly sockets: number
}
