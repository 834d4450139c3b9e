/**
 * Options of Node that keep the environment, with its secrets, and the network, for which names would be looked up, out
 * of its reports. The properties of `process.report` do not do it: Node does not look at them in all fatal errors.
 */
const FLAGS = { excludeEnv: '--report-exclude-env', excludeNetwork: '--report-exclude-network' } as const

export const EXCLUDES_ENV: string = FLAGS.excludeEnv

/** Those that a Node of the line of this process knows. Not where reports are configured already. */
export function reportFlags(nodeOptions: readonly string[]): string[] {
  if (nodeOptions.some((option) => option.startsWith('--report-'))) return []
  return Object.entries(FLAGS).flatMap(([property, flag]) => (property in process.report ? [flag] : []))
}

/** How many of the arguments from there on are such. */
export function countReportFlags(execArgv: readonly string[], from: number): number {
  const known: readonly string[] = Object.values(FLAGS)
  let end = from
  while (known.includes(execArgv[end] ?? '')) end++
  return end - from
}
