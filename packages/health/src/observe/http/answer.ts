import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** By path. What a route throws is answered with 500. */
export type Routes = Readonly<Record<string, (query: URLSearchParams) => Answer | Promise<Answer>>>

export function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` }
}

export function text(body: string, status = 200): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` }
}

/** Answers one request. It neither throws nor rejects. */
export async function answer(
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, type, body } = await find(routes, request)
  // Nobody reads a body here: who sends one is not waited for.
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
  if (length !== '0' || encoding !== undefined) response.shouldKeepAlive = false
  if (status === 405) response.setHeader('allow', 'GET, HEAD')
  response
    .writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(body)
}

async function find(routes: Routes, { method, url = '/' }: IncomingMessage): Promise<Answer> {
  const [path = '', query = ''] = url.split('?', 2)
  if (!Object.hasOwn(routes, path))
    return text(`Not found. There are ${Object.keys(routes).join(', ')}.`, 404)
  if (method !== 'GET' && method !== 'HEAD') return text('Only GET and HEAD.', 405)
  try {
    return await routes[path]!(new URLSearchParams(query))
  } catch (error) {
    return text(error instanceof Error ? error.message : String(error), 500)
  }
}
