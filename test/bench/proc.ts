import { readdirSync, readFileSync } from 'node:fs'

export interface Memory {
  /** Pages shared with other processes count here by their share: what the process really costs. */
  pssMiB: number
  rssMiB: number
  /** What it alone has written: unlike the other two, the same however many processes of this Node there are. */
  ownMiB: number
}

/** CPU time of a process, user and system, in milliseconds. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The command may hold spaces, so the fields are counted from its end: utime and stime are the 12th and 13th there.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // A tick is 10 ms (USER_HZ is 100) on every Linux for which there is a Node.
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** The same to the nanosecond, for what costs less than a tick; threads that have ended are not in it. */
export function fineCpuMs(pid: number): number {
  const folder = `/proc/${pid}/task`
  const threads = readdirSync(folder).map((thread) => {
    const [nanoseconds] = readFileSync(`${folder}/${thread}/schedstat`, 'latin1').split(' ', 1)
    return Number(nanoseconds)
  })
  return threads.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6
}

export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
  const mebibytes = (field: string) => {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(rollup)
    if (match === null) throw new Error(`/proc/${pid}/smaps_rollup has no ${field}`)
    return Number(match[1]) / 1024
  }
  return { pssMiB: mebibytes('Pss'), rssMiB: mebibytes('Rss'), ownMiB: mebibytes('Private_Dirty') }
}

/** What the host of a virtual machine has taken from all its processors so far, and all their time, in ticks. */
export function machineTicks(): { stolen: number; all: number } {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1)
  // user nice system idle iowait irq softirq steal; the guest times after them are in user and nice already.
  const ticks = line.split(/\s+/).slice(1, 9).map(Number)
  return { stolen: ticks[7] ?? 0, all: ticks.reduce((sum, count) => sum + count, 0) }
}
