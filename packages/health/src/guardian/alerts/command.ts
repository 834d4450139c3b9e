import type { ChildProcess } from 'node:child_process'
import type { Receiver, ToldAlert } from './alert.js'

const TIMEOUT_MS = 10_000

/** What concerns the guardian, or its master, and nobody else. */
const OWN_VARIABLES = /^(LISTEN_|NOTIFY_SOCKET$|WATCHDOG_|MANIFOLD_)/

/** Runs a command for each alert. */
export class CommandReceiver implements Receiver {
  readonly #file: string
  readonly #args: readonly string[]
  readonly #timeoutMs: number

  constructor(command: string | readonly string[], timeoutMs = TIMEOUT_MS) {
    const [file, ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
    this.#file = file!
    this.#args = args
    this.#timeoutMs = timeoutMs
  }

  tell(alert: ToldAlert, signal: AbortSignal): Promise<void> {
    const { spawn } = process.getBuiltinModule('node:child_process')
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const child = spawn(this.#file, this.#args, {
        env: environment(alert),
        stdio: ['pipe', 'ignore', 'ignore'],
        // It leads a group, so that what it starts can be ended with it.
        detached: true,
        windowsHide: true,
      })
      let why: string | undefined
      const end = (reason: string) => {
        why = reason
        killGroup(child)
      }
      const timer = setTimeout(end, this.#timeoutMs, `was killed after ${this.#timeoutMs} ms`)
      const abort = () => end('was killed as the alerts were stopped')
      signal.addEventListener('abort', abort)
      const settle = (error?: Error) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        if (error) reject(error)
        else resolve()
      }
      // It need not read it.
      child.stdin.on('error', () => {})
      child.stdin.end(`${JSON.stringify(alert)}\n`)
      child.once('error', settle)
      child.once('exit', (code, killed) => {
        child.stdin.destroy()
        if (code === 0) settle()
        else settle(new Error(`the command ${why ?? `ended with ${killed ?? `code ${code}`}`}`))
      })
    })
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

function environment({ kind, subject, text, state }: ToldAlert): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !OWN_VARIABLES.test(name))
  return {
    ...Object.fromEntries(inherited),
    MANIFOLD_ALERT_KIND: kind,
    // The system knows no variable with a NUL.
    MANIFOLD_ALERT_SUBJECT: subject.replaceAll('\0', ' '),
    MANIFOLD_ALERT_TEXT: text.replaceAll('\0', ' '),
    MANIFOLD_ALERT_STATE: state,
  }
}
