/** What a child has at each descriptor, and where the pipes of the guardian are. */
export interface Streams {
  readonly stdio: (number | 'inherit' | 'ignore' | 'pipe' | 'ipc')[]
  readonly lifeline: number
  readonly ipc: number
  readonly watchdog: number
}

interface Passed {
  /** What systemd passed. */
  readonly inherited: readonly { readonly fd: number }[]
  /** What else is to be passed. */
  readonly fds: readonly number[]
}

const FIRST = 3

/**
 * The descriptors of a master. What it inherits stands where it stood before, as its name is its number. The pipes take the
 * lowest places that are left: a place beyond the highest descriptor that is inherited may be one beyond what a process may
 * have. A gap is closed in the child whatever is there in this process, as Node opens everything close-on-exec.
 */
export function streamsFor({ inherited, fds }: Passed): Streams {
  const passed = new Set([...inherited.map(({ fd }) => fd), ...fds].filter((fd) => fd >= FIRST))
  const stdio: Streams['stdio'] = ['inherit', 'inherit', 'inherit']
  for (let fd = FIRST; fd <= Math.max(...passed, 0); fd++) stdio.push(passed.has(fd) ? fd : 'ignore')
  const place = (kind: 'pipe' | 'ipc') => {
    const gap = stdio.indexOf('ignore')
    const fd = gap < 0 ? stdio.length : gap
    stdio[fd] = kind
    return fd
  }
  return { lifeline: place('pipe'), ipc: place('ipc'), watchdog: place('pipe'), stdio }
}
