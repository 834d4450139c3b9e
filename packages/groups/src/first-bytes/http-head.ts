import { type Found, NOTHING, type Search } from './found.js'

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^\r\n]+ HTTP\/1\.[01]$/

/** By a header of the first request: for lists such as X-Forwarded-For the first item, which is the client. */
export function byHeader(name: string): Search {
  return byLine(name.toLowerCase(), (value) => value.split(',')[0]?.trim())
}

/** By a cookie of the first request. */
export function byCookie(name: string): Search {
  return byLine('cookie', (value) => {
    const pairs = value.split(';').map((pair) => pair.trim())
    return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
  })
}

/** Looks through the lines of an HTTP/1.1 request, as far as they are there. What is not HTTP/1.1 tells nothing. */
function byLine(header: string, read: (value: string) => string | undefined): Search {
  return (head) => {
    // A TLS handshake, for one, has no line to wait for.
    if (head.length > 0 && !isToken(head[0] as number)) return NOTHING
    const lines = head.toString('latin1').split('\r\n')
    // The last one has not ended yet.
    lines.pop()
    const [requestLine, ...headers] = lines
    if (requestLine === undefined) return undefined
    if (!REQUEST_LINE.test(requestLine)) return NOTHING
    for (const line of headers) {
      if (line === '') return NOTHING
      const found = keyIn(line, header, read)
      if (found) return found
    }
    return undefined
  }
}

function keyIn(line: string, header: string, read: (value: string) => string | undefined): Found | undefined {
  const colon = line.indexOf(':')
  if (colon < 0 || line.slice(0, colon).toLowerCase() !== header) return undefined
  const key = read(line.slice(colon + 1).trim())
  return key ? { key } : undefined
}

/** A method begins with a letter, as a rule, or with another visible character. */
function isToken(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f
}
