import type { Clock } from '@manifold/core'
import { Guardian } from './guardian.js'
import { leaveFirstPlace } from './init/first-process.js'
import { Narrator } from './narrate.js'
import { type GuardConfig, type GuardOptions, parseGuard } from './options.js'
import { obeySignals } from './signals.js'

/**
 * Runs the program of a master (one that makes a `Master` and starts it), and keeps its service going whatever happens to
 * it: when it dies, its workers serve on until another has taken over. Resolves when all its groups are ready.
 *
 * @param master the script: a path, relative to where this process was started, or a `file:` URL. A path is looked up
 *   anew at each start, so that a link in it (`current`) may point to another release by then.
 * @throws {OptionError} naming the wrong option, what is expected, and the value.
 * @throws {ManifoldError} `ERR_MANIFOLD_GUARDED` if the service has a guardian already; otherwise the reason why the first
 *   master did not come up, `ERR_MANIFOLD_READY_TIMEOUT` if it took too long, `ERR_MANIFOLD_STOPPED` if a signal came first.
 */
export async function guard(
  master: string | URL,
  options: GuardOptions = {},
  clock?: Clock,
): Promise<Guardian> {
  const config = parseGuard(master, options, clock)
  leaveFirstPlace({ pid: process.pid, fds: config.inherited.length + config.fds.length })
  const narrator = new Narrator(config)
  const guardian = guardianOf(config, narrator)
  if (config.signals) guardian.on('stopped', obeySignals(guardian))
  await guardian.start()
  return guardian
}

function guardianOf(config: GuardConfig, narrator: Narrator): Guardian {
  try {
    const guardian = new Guardian(config)
    narrator.follow(guardian)
    guardian.afterwards(() => narrator.stop())
    return guardian
  } catch (error) {
    void narrator.stop()
    throw error
  }
}
