import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Outcome, observation } from './observation.js'
import { groupMembers, type Program } from './program.js'

/** How long a program may take until its last process is gone. Alone, it takes less than one tenth of that. */
const boundMs = 20_000

/** How long a process may go on that nobody can hear any more, once the others have ended. */
const goneWithinMs = 2_000

/** Runs a program to its end with a cluster module, `node:cluster` or another, and returns what could be observed, as lines. */
export async function runProgram(program: Program, clusterModule: string): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'cluster-'))
  const traceFile = join(directory, '.trace')
  try {
    const outcome = await run(program, directory, environment(clusterModule, traceFile))
    const trace = existsSync(traceFile) ? readFileSync(traceFile, 'utf8') : ''
    return observation({ ...outcome, trace, directory })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** That of this process, without what concerns only itself. */
function environment(clusterModule: string, traceFile: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, CLUSTER: clusterModule, TRACE: traceFile }
  const own = [
    'NODE_TEST_CONTEXT',
    'NODE_OPTIONS',
    'NODE_CLUSTER_SCHED_POLICY',
    'NODE_DEBUG',
    'FORCE_COLOR',
    'DEBUG',
  ]
  for (const name of own) delete env[name]
  return { ...env, NO_COLOR: '1' }
}

async function run(
  { path }: Program,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<Omit<Outcome, 'trace' | 'directory'>> {
  const child = spawn(process.execPath, [path, 'first', 'second'], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, by which its workers are found
  })
  const stdout = textOf(child.stdout)
  const stderr = textOf(child.stderr)
  // Not just its exit: workers that outlive it have its outputs open.
  const closed = new Promise<true>((resolve) => child.once('close', () => resolve(true)))
  const bound = new AbortController()
  const late = sleep(boundMs, false as const, { signal: bound.signal }).catch(() => false as const)
  const ended = await Promise.race([closed, late])
  bound.abort()
  const left = ended ? await leftBehind(child) : groupMembers(child.pid!).length
  killGroup(child)
  await closed
  const end = child.signalCode ?? String(child.exitCode)
  return {
    end: ended ? end : `nothing: it hangs, with ${left} processes`,
    left: ended ? left : 0,
    stdout: stdout(),
    stderr: stderr(),
  }
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk) => {
    text += chunk
  })
  return () => text
}

async function leftBehind({ pid }: ChildProcess): Promise<number> {
  for (let waited = 0; waited < goneWithinMs; waited += 25) {
    if (groupMembers(pid!).length === 0) return 0
    await sleep(25)
  }
  return groupMembers(pid!).length
}

/** A process group is ours as long as one of its members runs. */
function killGroup({ pid }: ChildProcess): void {
  if (groupMembers(pid!).length === 0) return
  try {
    process.kill(-pid!, 'SIGKILL')
  } catch {
    // The last of them has just ended.
  }
}
