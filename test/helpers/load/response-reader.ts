export interface LoadResponse {
  status: number
  /** Names in lower case; of a repeated header the last one. */
  headers: Map<string, string>
  body: Buffer
  /** Whether the server allows another request on the connection. */
  keepAlive: boolean
}

type Framing = { type: 'length'; bytes: number } | { type: 'chunked' } | { type: 'until-close' }

/** Reads one HTTP/1.x response from a connection. Throws on what is not HTTP, or is more than one response. */
export class ResponseReader {
  /** Bytes of the response that have come so far. */
  bytes = 0
  /** What the header says, once it is complete; useful if the body never is. */
  headers: Map<string, string> | undefined

  #buffer: Buffer = Buffer.alloc(0)
  #status = 0
  #minor = 1
  #framing: Framing = { type: 'until-close' }
  #chunks: Buffer[] = []
  #parts: Buffer[] = []
  #partsBytes = 0

  /** Returns the response when `chunk` completes it. */
  push(chunk: Buffer): LoadResponse | undefined {
    this.bytes += chunk.length
    if (this.headers !== undefined && this.#framing.type === 'length')
      return this.#gather(chunk, this.#framing.bytes)
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
    while (this.headers === undefined) {
      const end = this.#buffer.indexOf('\r\n\r\n')
      if (end === -1) return undefined
      const head = this.#buffer.toString('latin1', 0, end)
      this.#buffer = this.#buffer.subarray(end + 4)
      this.#readHead(head)
    }
    if (this.#framing.type === 'until-close') return undefined
    return this.#framing.type === 'chunked' ? this.#readChunks() : this.#readLength(this.#framing.bytes)
  }

  /** The server ended the connection: completes a body that only this delimits. */
  end(): LoadResponse | undefined {
    if (this.headers === undefined || this.#framing.type !== 'until-close') return undefined
    return this.#complete(this.#buffer, 0)
  }

  #readHead(head: string): void {
    const [statusLine = '', ...lines] = head.split('\r\n')
    const match = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(statusLine)
    if (match === null) throw new Error(`not an HTTP status line: ${JSON.stringify(statusLine.slice(0, 80))}`)
    const status = Number(match[2])
    if (status < 200) return // an interim response: the real one follows
    const headers = new Map<string, string>()
    for (const line of lines) {
      const colon = line.indexOf(':')
      if (colon < 1) throw new Error(`not an HTTP header: ${JSON.stringify(line.slice(0, 80))}`)
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
    }
    this.#status = status
    this.#minor = Number(match[1])
    this.#framing = framingOf(status, headers)
    this.headers = headers
  }

  /** The parts of a long body are put together once, at its end. */
  #gather(chunk: Buffer, bytes: number): LoadResponse | undefined {
    this.#parts.push(chunk)
    this.#partsBytes += chunk.length
    if (this.#buffer.length + this.#partsBytes < bytes) return undefined
    this.#buffer = Buffer.concat([this.#buffer, ...this.#parts])
    return this.#readLength(bytes)
  }

  #readLength(bytes: number): LoadResponse | undefined {
    return this.#buffer.length < bytes ? undefined : this.#complete(this.#buffer.subarray(0, bytes), bytes)
  }

  #readChunks(): LoadResponse | undefined {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n')
      if (end === -1) return undefined
      const line = this.#buffer.toString('latin1', 0, end)
      if (!/^[0-9a-f]+(?:;|$)/i.test(line)) throw new Error(`not a chunk size: ${JSON.stringify(line)}`)
      const size = Number.parseInt(line, 16)
      const next = end + 2 + size + 2
      if (this.#buffer.length < next) return undefined
      // None of the servers under test sends trailers, so the empty line belongs to the last chunk itself.
      if (size === 0) return this.#complete(Buffer.concat(this.#chunks), next)
      this.#chunks.push(this.#buffer.subarray(end + 2, end + 2 + size))
      this.#buffer = this.#buffer.subarray(next)
    }
  }

  #complete(body: Buffer, consumed: number): LoadResponse {
    const headers = this.headers!
    const rest = this.#framing.type === 'until-close' ? 0 : this.#buffer.length - consumed
    if (rest > 0) throw new Error(`${rest} bytes after the end of the response`)
    const tokens = (headers.get('connection') ?? '').toLowerCase().split(/\s*,\s*/)
    const allowed = this.#minor === 1 ? !tokens.includes('close') : tokens.includes('keep-alive')
    return {
      status: this.#status,
      headers,
      body,
      keepAlive: allowed && this.#framing.type !== 'until-close',
    }
  }
}

function framingOf(status: number, headers: Map<string, string>): Framing {
  if (status === 204 || status === 304) return { type: 'length', bytes: 0 }
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return { type: 'chunked' }
  const length = headers.get('content-length')
  if (length === undefined) return { type: 'until-close' }
  if (!/^\d+$/.test(length)) throw new Error(`not a content length: ${JSON.stringify(length)}`)
  return { type: 'length', bytes: Number(length) }
}
