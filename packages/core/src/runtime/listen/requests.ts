import type { ServerHttp2Session } from 'node:http2'
import type { Server } from 'node:net'

/** Told by Node of every HTTP/1 request, whatever handles it: a listener of our own for 'request' could be moved. */
const CHANNEL = 'http.server.request.start'

/** HTTP/1 servers of which the requests are counted. */
const counted = new WeakSet<Server>()
let subscribed = false
let taken = 0

/** How many HTTP requests the servers of this worker have been given, ever. */
export function requestsTaken(): number {
  return taken
}

/** Counts the requests of an HTTP/1 server from now on. Upgrades are not among them. */
export function countRequests(server: Server): void {
  counted.add(server)
  if (subscribed) return
  subscribed = true
  process.getBuiltinModule('node:diagnostics_channel').subscribe(CHANNEL, (message) => {
    if (counted.has((message as { server: Server }).server)) taken++
  })
}

/** An HTTP/2 stream is a request; the compatible interface makes no other of it. */
export function countStreams(session: ServerHttp2Session): void {
  session.on('stream', () => {
    taken++
  })
}
