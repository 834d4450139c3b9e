import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'

/**
 * Stands in for a process that Node refused to start with an exception. It tells the reason by 'error', as Node does
 * with most others: whoever runs processes has one way to deal with all of them.
 */
export function unspawned(error: unknown): ChildProcess {
  const nobody = Object.assign(new EventEmitter(), {
    ...{ pid: undefined, connected: false, exitCode: null, signalCode: null },
    ...{ stdin: null, stdout: null, stderr: null, stdio: [] },
    kill: () => false,
  })
  process.nextTick(() => nobody.emit('error', error))
  return nobody as unknown as ChildProcess
}
