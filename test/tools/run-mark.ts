// Every process of a test run carries a mark in its environment, by which it is found when it is left behind:
// `<run>` in the runner and in the test files, `<run> <test file's pid> <test file>` in all that a test file starts.

const variable = 'TEST_RUN'

export interface RunMark {
  readonly run: string
  /** The test file that started the process; absent for the runner and the test files themselves. */
  readonly startedBy?: { readonly pid: number; readonly file: string }
}

export function runEnvironment(run: string): Record<string, string> {
  return { [variable]: run }
}

/** Called in a test file: what it starts from now on is marked as its own. */
export function markChildrenOf(file: string): void {
  const run = process.env[variable]
  if (run !== undefined) process.env[variable] = `${run} ${process.pid} ${file}`
}

/** Reads the mark in a process' environment, given as `/proc/<pid>/environ` has it. */
export function readMark(environment: string): RunMark | undefined {
  const entry = environment.split('\0').find((text) => text.startsWith(`${variable}=`))
  const [run, pid, ...file] = entry?.slice(variable.length + 1).split(' ') ?? []
  if (run === undefined) return undefined
  return pid === undefined ? { run } : { run, startedBy: { pid: Number(pid), file: file.join(' ') } }
}
