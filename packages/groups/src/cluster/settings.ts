import type { ClusterSettings } from 'node:cluster'
import type { ForkSettings } from '../reload/release.js'

/** Those of Node, all of them: https://nodejs.org/api/cluster.html#clustersettings */
export type Settings = Omit<ClusterSettings, 'exec'> & { readonly exec?: string | URL | undefined }

/**
 * What was set before, what is set now, and Node's defaults below both. Nothing is checked: a worker that cannot be
 * started so is refused by Node, in its own words.
 */
export function mergeSettings(before: Settings, options: Settings | undefined): Settings {
  const settings = {
    args: process.argv.slice(2),
    exec: process.argv[1],
    execArgv: process.execArgv,
    silent: false,
    ...before,
    ...options,
  }
  // V8 would have all processes write to one file, what one of them cannot read who gets it.
  const { some } = Array.prototype
  const has = (start: string) =>
    some.call(settings.execArgv, (argument) => String.prototype.startsWith.call(argument, start))
  if (has('--prof') && !has('--logfile='))
    settings.execArgv = [...(settings.execArgv ?? []), '--logfile=v8-%p.log']
  return settings as Settings
}

/** How a worker is started by these settings, with what `fork(env)` adds to the environment. */
export function forkSettings(cluster: { readonly settings: Settings }, env?: object): ForkSettings {
  const { exec, args, cwd, silent, stdio, uid, gid, inspectPort, serialization, windowsHide } =
    cluster.settings
  // Named in full, as it is in the error of who has set something else.
  const execArgv = [...(cluster.settings.execArgv as string[])]
  const own = {
    exec,
    args,
    execArgv,
    cwd,
    silent,
    stdio,
    uid,
    gid,
    inspectPort,
    serialization,
    windowsHide,
    env,
  }
  return own as unknown as ForkSettings
}
