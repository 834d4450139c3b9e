const BYTES_PER_MB = 2 ** 20

/**
 * At which V8 gives up. What it tells includes room for young objects, which is as much as 192 MB, however little old
 * ones are allowed; and it is the old ones that it dies of.
 */
export function heapLimitBytes(toldBytes: number, options: readonly string[] = optionsOfNode()): number {
  const given = options.flatMap((option) => /^--max[-_]old[-_]space[-_]size=(\d+)$/.exec(option)?.[1] ?? [])
  const bytes = Number(given.at(-1) ?? 0) * BYTES_PER_MB
  return bytes > 0 ? Math.min(bytes, toldBytes) : toldBytes
}

/** Those that were given last count. */
function optionsOfNode(): readonly string[] {
  return [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv]
}
