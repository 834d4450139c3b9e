/** Writes one line of diagnosis, in the format of the `debug` package. */
export type Log = (format: string, ...values: unknown[]) => void

const silent: Log = () => {}

/**
 * A logger for the namespace `manifold:<name>`. The `debug` package is loaded only when `DEBUG` is set as the
 * process starts: this file is part of the start of every worker, and loading it costs several milliseconds.
 */
export function log(name: string): Log {
  if (!process.env.DEBUG) return silent
  const { createRequire } = process.getBuiltinModule('node:module')
  const debug = createRequire(import.meta.url)('debug') as (namespace: string) => Log
  return debug(`manifold:${name}`)
}
