import { type ChildProcess, type ForkOptions, fork, type StdioOptions } from 'node:child_process'
import type { Socket } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ManifoldError } from '../errors.js'
import { BOOT_VARIABLE, type WorkerBoot } from '../ipc/protocol.js'
import { reportFlags } from '../report-flags.js'
import { forkAsCluster } from './fork-as-cluster.js'
import { inspectorArguments } from './inspector.js'
import { streamsOf } from './streams.js'
import { unspawned } from './unspawned.js'

/** How to start a worker. All but `exec` as in `child_process.fork`. */
export interface SpawnOptions {
  /** The application: a path (relative to `cwd`) or a `file:` URL. */
  readonly exec: string | URL
  readonly args?: readonly string[] | undefined
  /** Options for Node itself. @default those of this process */
  readonly execArgv?: readonly string[] | undefined
  readonly execPath?: string | undefined
  /** Added to the environment of this process; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  readonly cwd?: string | undefined
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  /** @default nothing to read, stdout inherited, stderr passed on by the master (which keeps its end for errors) */
  readonly stdio?: StdioOptions | undefined
  readonly serialization?: 'json' | 'advanced' | undefined
  readonly windowsHide?: boolean | undefined
  /** For a worker as those of `node:cluster`: whether its output is only to be had from its process. @default false */
  readonly silent?: boolean | undefined
  /** For such a worker: its port if it is inspected. @default the next after those of the master and earlier workers */
  readonly inspectPort?: number | (() => number) | null | undefined
  /** For such a worker: whether what Node throws instead of starting it is thrown. @default false */
  readonly throws?: boolean | undefined
}

/** Beside the bundle of which this is a part; see `runtime/register.ts`. */
export const PRELOAD = fileURLToPath(new URL('./preload.cjs', import.meta.url))

/**
 * Starts a worker. Does not throw: Node throws some of the reasons why there is no process, and tells others by 'error',
 * and whoever runs workers has to deal with all of them in one way. Only where a program forks as in `node:cluster`, it
 * throws what Node does.
 *
 * @param lifeline the descriptor in this process that the worker gets as its lifeline.
 */
export function spawn(options: SpawnOptions, boot: WorkerBoot, lifeline?: number): ChildProcess {
  try {
    return boot.cluster ? forkAsCluster(options, boot) : forkWorker(options, boot, lifeline)
  } catch (error) {
    if (options.throws) throw error
    return unspawned(error)
  }
}

/** The end of its pipe at which a worker's watchdog is heard. */
export function watchdogPipe({ stdio }: ChildProcess, { watchdog }: WorkerBoot): Socket | undefined {
  // There is none if there is no process.
  return watchdog && ((stdio?.[watchdog.fd] as Socket | null | undefined) ?? undefined)
}

/** The worker runtime is loaded before the application, which needs to know nothing of it. */
function forkWorker(options: SpawnOptions, boot: WorkerBoot, lifeline: number | undefined): ChildProcess {
  const exec = executable(options.exec)
  const execArgv = options.execArgv ?? withoutCode(process.execArgv)
  const env = environment(options.env, boot)
  const nodeOptions = [...execArgv, ...(env.NODE_OPTIONS ?? '').split(' ')]
  if (options.execPath === undefined) refuseUnreadableTypeScript(exec, nodeOptions)
  const inspector = inspectorArguments(nodeOptions)
  const wanted = boot.reportsDirectory !== undefined && options.execPath === undefined
  const reports = wanted ? reportFlags(nodeOptions) : []
  const forkOptions: ForkOptions = {
    execPath: options.execPath,
    execArgv: ['--require', PRELOAD, ...reports, ...execArgv, ...inspector],
    env,
    cwd: options.cwd,
    stdio: streamsOf(options.stdio, { watchdog: boot.watchdog !== undefined, lifeline }).stdio,
    serialization: options.serialization ?? 'json',
    windowsHide: options.windowsHide ?? true,
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  }
  return fork(exec, [...(options.args ?? [])], dropUndefined(forkOptions))
}

export function executable(exec: string | URL): string {
  return exec instanceof URL || exec.startsWith('file:') ? fileURLToPath(exec) : exec
}

/** A master that was started by `node --eval` must not have its workers run that code again. */
function withoutCode(execArgv: readonly string[]): readonly string[] {
  const isCode = (argument: string | undefined) =>
    /^(?:-e|-p|-pe|--eval|--print|--input-type)$/.test(argument ?? '')
  return execArgv.filter(
    (argument, index) =>
      !isCode(argument) && !isCode(execArgv[index - 1]) && !/^--(?:eval|print|input-type)=/.test(argument),
  )
}

function environment(added: SpawnOptions['env'], boot: WorkerBoot): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...added, [BOOT_VARIABLE]: JSON.stringify(boot) }
  // Sockets that systemd passed are the master's to read.
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[name]
  return dropUndefined(env)
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T
}

const LOADERS =
  /^(?:--import|--loader|--experimental-loader|--require|-r|--experimental-(?:strip|transform)-types)(?:=|$)/

/** Node before 22.18 cannot run TypeScript by itself and would fail with an error that leads nowhere. */
function refuseUnreadableTypeScript(exec: string, nodeOptions: readonly string[]): void {
  if (!/\.[cm]?ts$/.test(path.basename(exec))) return
  if (process.features.typescript || nodeOptions.some((option) => LOADERS.test(option))) return
  throw new ManifoldError(
    'ERR_MANIFOLD_START',
    `Node ${process.versions.node} cannot run ${exec} by itself: pass a loader, such as execArgv: ['--import', 'tsx'], or compile it`,
  )
}
