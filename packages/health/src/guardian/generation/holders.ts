import { readdirSync, readlinkSync } from 'node:fs'
import { log } from '@manifold/core/internal'

const debug = log('guardian')

/**
 * Which socket a process has under a descriptor: `socket:[123]`. Linux tells; elsewhere undefined. What that socket is the
 * other end of cannot be asked from here.
 */
export function identify(pid: number, fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`)
  } catch {
    return undefined
  }
}

/**
 * The processes that hold that socket. No number of a process is remembered for it, which could be another's by now. Reads
 * the descriptors of all processes that this one may look into: only for the rare moment that somebody must be killed.
 */
export function holdersOf(socket: string): number[] {
  return processes().filter((pid) => pid !== process.pid && holds(pid, socket))
}

/** Kills whoever holds that socket. */
export function killHolders(socket: string): void {
  for (const pid of holdersOf(socket)) {
    debug('process %d is still there, and killed', pid)
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

function holds(pid: number, socket: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => identify(pid, Number(fd)) === socket)
  } catch {
    return false
  }
}
