import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { once } from './wait.js'

/** The compiled file of a fixture, by its path in `test/fixtures` without an ending: `processes/hold-socket`. */
export function fixture(name: string, ending = '.js'): string {
  return fileURLToPath(new URL(`../fixtures/${name}${ending}`, import.meta.url))
}

/** Starts a fixture with an IPC channel. When the test is over it is killed, and its end awaited. */
export function forkFixture(
  t: TestContext,
  name: string,
  args: readonly string[] = [],
  options: ForkOptions = {},
): ChildProcess {
  const child = fork(fixture(name), [...args], options)
  t.after(() => end(child))
  return child
}

/** Kills a process, also one that is stopped, and waits until its pipes are closed too. Nothing happens if it has ended. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

/** The next thing that a process says by `process.send`. */
export async function heard<Message>(child: ChildProcess): Promise<Message> {
  const [message] = await once<[Message]>(child, 'message', { timeoutMs: 30_000 })
  return message
}

/** An empty directory with a short path, removed with all that is in it when the test is over. */
export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'manifold-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
