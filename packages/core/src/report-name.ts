/** Which worker wrote a report of Node's, by the name of the file. */
export interface ReportName {
  readonly group: string
  readonly pid: number
}

// The dots and dashes that a group's name may have are no part of what follows it.
const PATTERN = /^manifold-([\w.-]+)-(?:\d+|standby)-(\d+)-\d{13}\.json$/

/** `manifold-web-0-4711-1769903999999.json`: group, slot, process, and the time of its start in ms since 1970. */
export function reportName(group: string, slot: number, pid: number, startedAt: number): string {
  const seat = slot < 0 ? 'standby' : slot
  return `manifold-${group}-${seat}-${pid}-${startedAt}.json`
}

/** Undefined for a file that is not ours. */
export function parseReportName(name: string): ReportName | undefined {
  const [, group, pid] = PATTERN.exec(name) ?? []
  return group === undefined ? undefined : { group, pid: Number(pid) }
}
