/** The group `admin`: what the master knows, as JSON at /status and as a page at /. */

import { createServer, type ServerResponse } from 'node:http'
import { worker } from '@manifold/core/worker'
import type { MasterStatus } from '@manifold/groups'
import { SECURITY_HEADERS } from './admin-assets.js'
import { failurePart, page, statusPart } from './admin-page.js'
import type { Html } from './html.js'
import './requests.js'

// A master that is this late has worse problems than a page without numbers.
const STATUS_TIMEOUT_MS = 2_000

type Answer = { ok: true; status: MasterStatus } | { ok: false; code: string; message: string }

const routes: Record<string, (response: ServerResponse, answer: Answer) => void> = {
  '/': (response, answer) => send(response, answer, 'text/html', page(part(answer))),
  '/live': (response, answer) => send(response, answer, 'text/html', part(answer).text),
  '/status': (response, answer) => send(response, answer, 'application/json', json(answer)),
}

const server = createServer(async ({ method, url = '/' }, response) => {
  const route = routes[url.split('?')[0]!]
  if (route === undefined) return refuse(response, 404, 'Not found. There are /, /live and /status.')
  if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'Only GET and HEAD.')
  route(response, await askMaster())
})

server.listen(worker.socket('http'))

async function askMaster(): Promise<Answer> {
  try {
    const status = await worker.call('master', 'status', undefined, { timeoutMs: STATUS_TIMEOUT_MS })
    return { ok: true, status }
  } catch (error) {
    const { code = 'ERR_UNKNOWN', message } = error as Error & { code?: string }
    return { ok: false, code, message }
  }
}

function part(answer: Answer): Html {
  return answer.ok ? statusPart(answer.status) : failurePart(`${answer.message} (${answer.code})`)
}

function json(answer: Answer): string {
  return `${JSON.stringify(answer.ok ? answer.status : { error: answer }, null, 2)}\n`
}

function send(response: ServerResponse, { ok }: Answer, type: string, body: string): void {
  response
    .writeHead(ok ? 200 : 503, {
      ...SECURITY_HEADERS,
      'content-type': `${type}; charset=utf-8`,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
    })
    .end(body)
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${message}\n`)
}
