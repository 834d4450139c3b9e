import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { GUARD_VARIABLE, GUARD_VERSION, type GuardBoot, unspawned } from '@manifold/core/internal'
import type { GuardConfig } from '../options.js'
import { streamsFor } from '../systemd/streams.js'

/** What is meant for the guardian itself. */
const OWN_VARIABLES = [
  'LISTEN_PID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
]

/** A master that is silent is asked in what it hangs after this part of the time that it may be. */
const HANG_SHARE = 0.5
/** A beat for so many parts of the time in which there must be one. */
const BEATS = 5
const UNHEEDED_BEAT_MS = 1_000

export interface Spawned {
  readonly child: ChildProcess
  /** Our end; undefined if there is no process. */
  readonly lifeline: Socket | undefined
  readonly boot: GuardBoot
}

/** Starts the program of the master. `beside`: another serves meanwhile. Why there is no process is told by 'error' of the child. */
export function spawnMaster(
  generation: number,
  config: GuardConfig,
  { lock, beside }: { readonly lock: number; readonly beside: boolean },
): Spawned {
  const { program, heartbeat, inherited, fds, alerts } = config
  const streams = streamsFor({ inherited, fds })
  const boot: GuardBoot = {
    version: GUARD_VERSION,
    generation,
    beside,
    lifeline: streams.lifeline,
    beatMs: heartbeat ? heartbeat.timeoutMs / BEATS : UNHEEDED_BEAT_MS,
    watchdog: heartbeat ? { fd: streams.watchdog, hangMs: heartbeat.timeoutMs * HANG_SHARE } : undefined,
    inherited,
    alerts,
  }
  const env: NodeJS.ProcessEnv = { ...process.env, ...program.env, [GUARD_VARIABLE]: JSON.stringify(boot) }
  for (const name of OWN_VARIABLES) delete env[name]
  const child = start(program.execPath, [...program.execArgv, program.script, ...program.args], {
    cwd: program.cwd,
    env,
    stdio: lock < 0 ? streams.stdio : [...streams.stdio, lock],
    windowsHide: true,
  })
  return { child, lifeline: (child.stdio?.[streams.lifeline] as Socket | null) ?? undefined, boot }
}

function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(command, args, options)
  } catch (error) {
    return unspawned(error)
  }
}
