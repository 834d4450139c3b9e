import { type ChildProcess, fork } from 'node:child_process'
import { BOOT_VARIABLE, type WorkerBoot } from '../ipc/protocol.js'
import { clusterInspectorArguments } from './inspector.js'
import { PRELOAD, type SpawnOptions } from './spawn.js'

/**
 * Starts a worker as `node:cluster` does, with its defaults, and unchecked: what is wrong with the options, Node says in the
 * way that programs for `node:cluster` know. The inherited environment stays as it is, too: also what systemd has put there
 * was always the workers' to read.
 */
export function forkAsCluster(options: SpawnOptions, boot: WorkerBoot): ChildProcess {
  const { exec, args, execArgv = [], env, cwd, serialization, silent, windowsHide, stdio, uid, gid } = options
  const inspector = clusterInspectorArguments(execArgv, options.inspectPort)
  const child = fork(exec, args as string[], {
    env: { ...process.env, ...env, [BOOT_VARIABLE]: JSON.stringify(boot) },
    execArgv: ['--require', PRELOAD, ...execArgv, ...inspector],
    ...({ cwd, serialization, silent, windowsHide, stdio, uid, gid } as object),
  })
  // What was started is what was asked for.
  child.spawnargs.splice(child.spawnargs.indexOf(PRELOAD) - 1, 2)
  return child
}
