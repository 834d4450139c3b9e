import type { SpawnOptions } from '@manifold/core/internal'
import type { GroupConfig } from '../options/group-config.js'

/** What a reload may change: the program, and how it is started. Each worker runs one release. */
export interface Release {
  readonly exec: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

/** How one worker of a pool as of `node:cluster` is started: by the settings at its fork, and the environment given then. */
export type ForkSettings = SpawnOptions

/** The release with which a group starts. */
export function firstRelease({ exec, spawn: { args, env, cwd } }: GroupConfig): Release {
  return {
    exec,
    ...(args === undefined ? {} : { args }),
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
  }
}
