import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { COOKIE } from './options.js'
import { PAGE, SCRIPT } from './page-assets.js'

const FILES: Record<string, { type: string; body: string }> = {
  '/': { type: 'text/html', body: PAGE },
  '/chat.js': { type: 'text/javascript', body: SCRIPT },
}

export function servePage({ url = '/', headers }: IncomingMessage, response: ServerResponse): void {
  const file = FILES[url.split('?')[0]!]
  if (file === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Not found.\n')
    return
  }
  response
    .writeHead(200, {
      'content-type': `${file.type}; charset=utf-8`,
      'content-security-policy': "default-src 'self'; style-src 'unsafe-inline'; img-src data:",
      'cache-control': 'no-store',
      ...(isMarked(headers.cookie) ? {} : mark()),
    })
    .end(file.body)
}

function isMarked(cookies = ''): boolean {
  return cookies.split(/; */).some((cookie) => cookie.startsWith(`${COOKIE}=`))
}

/**
 * A policy that goes by the cookie looks at the first request of a connection. This one had none, so that its
 * connection may be with another worker than those that follow: no further request shall come on it.
 */
function mark(): Record<string, string> {
  return { 'set-cookie': `${COOKIE}=${randomUUID()}; Path=/; HttpOnly; SameSite=Lax`, connection: 'close' }
}
