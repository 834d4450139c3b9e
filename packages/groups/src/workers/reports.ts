import { chmod, lstat, readdir, rmdir, unlink } from 'node:fs/promises'
import path from 'node:path'
import type { ExitReason } from '@manifold/core'
import { log, parseReportName, type WorkerProcess } from '@manifold/core/internal'
import type { ReportsConfig } from '../options/group-config.js'

const debug = log('reports')

/** File systems keep times less exactly than clocks. */
const CLOCK_SLACK_MS = 2_000

interface ReportFile {
  readonly name: string
  readonly file: string
  readonly writtenMs: number
}

/** Hears of the report that the worker left if it died of a fatal error; and keeps the directory bounded. */
export function watchReports(
  worker: WorkerProcess,
  { directory, maxFiles }: ReportsConfig,
  found: (file: string) => void,
): void {
  worker.once('exit', (reason) => {
    if (!aborted(reason)) return
    const bornMs = Date.now() - worker.uptimeMs
    collect(worker, directory, bornMs - CLOCK_SLACK_MS)
      .then(async (file) => {
        if (file === undefined) return
        found(file)
        await pruneReports(directory, maxFiles, file)
      })
      .catch((error) => debug('reports in %s: %o', directory, error))
  })
}

/** So Node ends after a fatal error: by SIGABRT; where there are no signals, by the code that stands for it. */
function aborted(reason: ExitReason): boolean {
  if (reason.type === 'signaled') return reason.signal === 'SIGABRT'
  return reason.type === 'exited' && reason.code === 134
}

async function collect(
  { group, pid }: WorkerProcess,
  directory: string,
  sinceMs: number,
): Promise<string | undefined> {
  const files = await reportsIn(directory, (name) => {
    const by = parseReportName(name)
    return by?.group === group && by.pid === pid
  })
  // The number of a process may have been that of another.
  const file = files.findLast(({ writtenMs }) => writtenMs >= sinceMs)?.file
  // Node makes it readable for all.
  if (file !== undefined) await chmod(file, 0o600)
  return file
}

/** Deletes the oldest reports beyond so many. Files of other names, and links, are left alone. */
export async function pruneReports(directory: string, maxFiles: number, keep?: string): Promise<void> {
  const files = await reportsIn(directory, (name) => parseReportName(name) !== undefined)
  const surplus = files.slice(0, Math.max(0, files.length - maxFiles))
  for (const { file } of surplus) {
    if (file !== keep) await unlink(file).catch((error) => debug('report %s: %o', file, error))
  }
}

/** Nothing is left behind where nothing was written. */
export async function leaveReports({ directory, isDefault }: ReportsConfig): Promise<void> {
  // It fails as long as there are reports.
  if (isDefault) await rmdir(directory).catch(() => {})
}

/** The oldest first. What vanishes meanwhile is none. */
async function reportsIn(directory: string, wanted: (name: string) => boolean): Promise<ReportFile[]> {
  const names = await readdir(directory)
  const files = names.filter(wanted).map(async (name) => {
    const file = path.join(directory, name)
    const stats = await lstat(file).catch(() => undefined)
    return stats?.isFile() ? [{ name, file, writtenMs: stats.mtimeMs }] : []
  })
  const found = (await Promise.all(files)).flat()
  return found.sort((a, b) => a.writtenMs - b.writtenMs || (a.name < b.name ? -1 : 1))
}
