import { readdirSync, readFileSync } from 'node:fs'
import { type RunMark, readMark } from './run-mark.js'

export interface RunningProcess {
  readonly pid: number
  readonly parent: number
  readonly command: string
  readonly mark: RunMark | undefined
}

/** All processes that can be read, without zombies. Empty where there is no `/proc`. */
export function runningProcesses(): RunningProcess[] {
  return processIds().flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      if (command === '') return []
      const mark = readMark(readFileSync(`/proc/${pid}/environ`, 'utf8'))
      const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      return [{ pid, parent: Number(parent), command, mark }]
    } catch {
      return [] // gone since it was listed, or another user's
    }
  })
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}
