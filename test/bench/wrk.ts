import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

export interface WrkOptions {
  port: number
  seconds: number
  connections: number
  threads: number
  /** A connection per request, instead of keep-alive. */
  close: boolean
}

export interface WrkResult {
  requests: number
  perSecond: number
  /** Socket errors and responses that were not 2xx or 3xx. */
  errors: number
}

const run = promisify(execFile)

/** The header by which clients are told apart where that is asked for. */
export const CLIENT_HEADER = 'X-Client'

/** Each request says that it comes from another of a hundred clients. They are made beforehand: Lua is slow. */
const SCRIPT = `
local requests, turn = {}, 0
init = function()
  for client = 1, 100 do
    wrk.headers['${CLIENT_HEADER}'] = 'client ' .. client
    requests[client] = wrk.format()
  end
end
request = function()
  turn = turn % 100 + 1
  return requests[turn]
end
`

let scriptFile: string | undefined

function script(): string {
  if (scriptFile !== undefined) return scriptFile
  const folder = mkdtempSync(path.join(os.tmpdir(), 'manifold-wrk-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  scriptFile = path.join(folder, 'clients.lua')
  writeFileSync(scriptFile, SCRIPT)
  return scriptFile
}

export function hasWrk(): boolean {
  try {
    execFileSync('wrk', ['-v'], { stdio: 'ignore' })
    return true
  } catch (error) {
    // It knows no flag that ends well: an exit code is as good an answer as any, only absence is not.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

export async function runWrk(options: WrkOptions): Promise<WrkResult> {
  const { port, seconds, connections, threads, close } = options
  const args = [
    `-t${threads}`,
    `-c${connections}`,
    `-d${seconds}s`,
    '-s',
    script(),
    `http://127.0.0.1:${port}/`,
  ]
  if (close) args.unshift('-H', 'Connection: close')
  const { stdout } = await run('wrk', args)
  const number = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? Number.NaN)
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)
  const badStatus = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)
  const errors = [...(socketErrors?.slice(1) ?? []), ...(badStatus?.slice(1) ?? [])]
  const perSecond = number(/Requests\/sec:\s+([\d.]+)/)
  if (Number.isNaN(perSecond)) throw new Error(`wrk said something unexpected:\n${stdout}`)
  return {
    requests: number(/(\d+) requests in/),
    perSecond,
    errors: errors.reduce((sum, count) => sum + Number(count), 0),
  }
}
