import { mkdirSync, statSync } from 'node:fs'
import { log } from '../debug.js'
import type { WorkerBoot } from '../ipc/protocol.js'
import { EXCLUDES_ENV } from '../report-flags.js'
import { reportName } from '../report-name.js'

const debug = log('reports')

/**
 * Has Node write a report when it dies of a fatal error, such as a heap that is full. Nothing happens where the
 * application is set up to write its own, or where a report would not be safe.
 */
export function reportFatalErrors({ group, slot, reportsDirectory: directory }: WorkerBoot): void {
  const report = process.report as typeof process.report | undefined
  if (directory === undefined || report === undefined) return
  if (report.reportOnFatalError || report.directory !== '' || report.filename !== '') return
  try {
    make(directory)
    const danger = dangerOf(directory, process.execArgv.includes(EXCLUDES_ENV))
    if (danger !== undefined) {
      debug('no reports in %s: %s', directory, danger)
      return
    }
    report.directory = directory
    report.filename = reportName(group, slot, process.pid, Date.now())
    report.compact = true
    report.reportOnFatalError = true
  } catch (error) {
    debug('no reports in %s: %o', directory, error)
  }
}

/** Not those above it: if they are not there, it is wrong. */
function make(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * A directory in a place that all may write to could be another user's. And Node makes files that all may read; they
 * have the environment in them, with whatever secrets it has, unless Node is told to leave it out (which 20 cannot).
 */
function dangerOf(directory: string, withoutEnv: boolean): string | undefined {
  const { uid, mode } = statSync(directory)
  const own = process.geteuid?.()
  if (own === undefined) return undefined
  if (uid !== own && uid !== 0) return `it belongs to user ${uid}`
  if ((mode & 0o002) !== 0) return 'everybody may write there'
  if (!withoutEnv && (mode & 0o005) !== 0) return 'everybody may read the environment there'
  return undefined
}
