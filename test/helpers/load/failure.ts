/** How a request can fail, as its client sees it. Every failed request is in exactly one class. */
export const failureClasses = [
  /** Nobody listened (ECONNREFUSED, a Unix socket that is gone), or the queue of a Unix socket was full. */
  'refused',
  /** The connection could not be made for another reason, the client's own limits among them. */
  'connect-error',
  /** A new connection was closed or reset before the first byte of a response. */
  'reset-fresh',
  /** A reused connection was closed or reset under a request, before the first byte of its response. */
  'reset-reused',
  /** The connection was closed or reset within a response. */
  'reset-mid-response',
  /** No complete response within `timeoutMs`. */
  'hang',
  /** Not HTTP, not the expected status or body, or bytes that nobody had asked for. */
  'bad-response',
] as const

export type FailureClass = (typeof failureClasses)[number]

export interface Failure {
  class: FailureClass
  /** When it failed, in milliseconds since the load began. */
  atMs: number
  /** Connections are numbered from 1 in the order in which they were opened. */
  connection: number
  /** The client's end of a TCP connection, `address:port`, and how long before the failure it was begun. */
  from?: string | undefined
  ageMs?: number
  /** How many requests the connection had served before this one. */
  requestsBefore: number
  /** The server process at the other end, where an earlier response or this one's header has told it. */
  pid: number | undefined
  /** Whether the kernel had taken the whole request. */
  written: boolean
  /** Bytes of the response that had come. */
  bytesReceived: number
  /** How the connection ended: an error code such as ECONNRESET, 'closed' for an orderly end, or what was wrong. */
  detail: string
}

const nobodyThere = new Set(['ECONNREFUSED', 'ENOENT', 'EAGAIN'])

/** The class of a request whose connection ended before the response was complete. */
export function classifyEnd(end: {
  connected: boolean
  fresh: boolean
  bytesReceived: number
  code: string | undefined
}): FailureClass {
  if (!end.connected) return nobodyThere.has(end.code ?? '') ? 'refused' : 'connect-error'
  if (end.bytesReceived > 0) return 'reset-mid-response'
  return end.fresh ? 'reset-fresh' : 'reset-reused'
}
