import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { end, fixture } from '../../../helpers/fixture.js'
import { childrenOf } from '../../../helpers/leaks.js'
import { once, until } from '../../../helpers/wait.js'

const SCRIPT = fileURLToPath(new URL('./init.sh', import.meta.resolve('@manifold/health/guardian')))
const UNSHARE = ['--pid', '--fork', '--mount-proc', '--kill-child']
const PROGRAM = fixture('guarded/first-process')

const able = spawnSync('unshare', [...UNSHARE, 'true']).status === 0
const noNamespace = !able && 'this user may not make a namespace of processes'
const noExecve = Reflect.get(process, 'execve') === undefined && 'this Node cannot start itself anew'

/** What reads the script: each of them is `/bin/sh` somewhere. */
const SHELLS = [['dash'], ['busybox', 'ash'], ['bash', '--posix']].map((words) => {
  const found = spawnSync('/bin/sh', ['-c', `command -v ${words[0]}`]).status === 0
  return { words, skip: noNamespace || (!found && `there is no ${words[0]}`) }
})

/** A command as the first process of a namespace of its own, and what it prints. */
class Container {
  readonly lines: string[] = []
  readonly process: ChildProcess
  readonly #closed: Promise<unknown[]>
  stderr = ''

  constructor(t: TestContext, command: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.process = spawn('unshare', [...UNSHARE, ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    t.after(() => end(this.process))
    this.#closed = once(this.process, 'close', { timeoutMs: 30_000 })
    this.#closed.catch(() => {})
    createInterface(this.process.stdout!).on('line', (line) => this.lines.push(line))
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
  }

  says(line: string): Promise<unknown> {
    const what = () => `'${line}' in ${JSON.stringify(this.lines)} ${this.stderr}`
    return until(() => this.lines.includes(line), { what })
  }

  async started(): Promise<Record<string, unknown>> {
    const what = () => `its first line ${this.stderr}`
    return JSON.parse((await until(() => this.lines[0], { what }))!)
  }

  /** To the first process, from outside. */
  signal(signal: NodeJS.Signals): void {
    process.kill(childrenOf(this.process.pid)[0]!.pid, signal)
  }

  /** Nobody is left but the first process and the command, not even as a zombie. */
  async isAlone(): Promise<void> {
    const looks = () => {
      this.signal('SIGUSR2')
      return this.lines.includes('others 0')
    }
    await until(looks, { what: () => `the end of the orphan: ${this.lines}`, intervalMs: 100 })
  }

  async exitCode(): Promise<unknown> {
    const [code] = await this.#closed
    return code
  }
}

test('the script is shipped beside the bundle', () => {
  assert.ok(existsSync(SCRIPT))
})

for (const { words, skip } of SHELLS) {
  describe(`the first process of a container, run by ${words.join(' ')}`, { skip }, () => {
    const init = [...words, SCRIPT]

    test('reaps what is left of others, and gives the command its input', async (t) => {
      const container = new Container(t, [...init, process.execPath, PROGRAM, 'one', 'two  words'])
      const { pid, args } = await container.started()
      assert.notEqual(pid, 1)
      assert.deepEqual(args, ['one', 'two  words'])
      await container.isAlone()
      container.process.stdin!.write('hello\n')
      await container.says('read hello')
    })

    test('passes signals on, and ends as the command does', async (t) => {
      const container = new Container(t, [...init, process.execPath, PROGRAM])
      await container.started()
      for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
        container.signal(signal)
        await container.says(`got ${signal}`)
      }
      container.signal('SIGTERM')
      assert.equal(await container.exitCode(), 7)
      assert.equal(container.stderr, '')
    })

    test('has the exit code of the command, 128 and the number of a signal that it died of', async (t) => {
      for (const [command, code] of [
        ['exit 0', 0],
        ['exit 127', 127],
        ['kill -KILL $$', 137],
        ['kill -TERM $$', 143],
      ] as const) {
        const container = new Container(t, [...init, '/bin/sh', '-c', command])
        assert.equal(await container.exitCode(), code, command)
      }
    })

    test('hands sockets of systemd over to the command', async (t) => {
      const env = { LISTEN_PID: '1', LISTEN_FDS: '1' }
      const container = new Container(t, [...init, process.execPath, PROGRAM], env)
      const { pid, listenPid } = await container.started()
      assert.equal(listenPid, `${pid}`)
    })
  })
}

describe('a guardian that is the first process', { skip: noNamespace }, () => {
  test('runs itself again under the script, as it was started', { skip: noExecve }, async (t) => {
    const command = [process.execPath, '--no-deprecation', PROGRAM, 'argument']
    const container = new Container(t, command, { LEAVE: '1' })
    const { pid, execArgv, args, init } = await container.started()
    assert.notEqual(pid, 1)
    assert.deepEqual([execArgv, args, init], [['--no-deprecation'], ['argument'], '1'])
    await container.isAlone()
    container.signal('SIGTERM')
    assert.equal(await container.exitCode(), 7)
    assert.equal(container.stderr, '')
  })

  test('stays it where that cannot be done, and says so to who asks', async (t) => {
    const container = new Container(t, [process.execPath, PROGRAM], {
      LEAVE: '1',
      MANIFOLD_INIT: '1',
      DEBUG: 'manifold:guardian',
    })
    const { pid } = await container.started()
    assert.equal(pid, 1)
    assert.match(container.stderr, /start it by 'sh .*init\.sh node guard\.js'/)
  })
})
