/** What the master writes to the console. Only text is made here, nothing is printed. */

import { type ExitReason, formatExit } from '@manifold/core'
import type { MasterStatus, SocketAddress } from '@manifold/groups'
import { place, reachable, url } from './place.js'

/** One line per event of a worker: what, who, and more if there is more to say. */
export function eventLine(
  event: string,
  worker: { group: string; slot: number; pid?: number | undefined },
  more = '',
): string {
  const who = `${worker.group}/${worker.slot}`
  return `  ${event.padEnd(8)}  ${who.padEnd(8)}  pid ${String(worker.pid ?? '?').padEnd(7)}  ${more}`.trimEnd()
}

/** Why a worker ended, for a line that says already that it did. */
export function reasonText(reason: ExitReason): string {
  return reason.type === 'exited' ? `code ${reason.code}` : formatExit(reason)
}

/** What listens where, by the addresses that the sockets really have. */
export function listeningLines(status: MasterStatus, endpoint: SocketAddress): string[] {
  const line = (group: string, name: string, address: SocketAddress) =>
    `  ${group.padEnd(8)}  ${name.padEnd(4)}  ${address.type.padEnd(4)}  ${place({ address })}`
  const lines = Object.entries(status.groups).flatMap(([group, { sockets }]) =>
    Object.entries(sockets).map(([name, { address }]) => line(group, name, address)),
  )
  return ['Listening', ...lines, line('(master)', 'http', endpoint)]
}

/** Lines to paste into another terminal. */
export function tryLines(status: MasterStatus, endpoint: SocketAddress): string[] {
  const { web, ingest, admin } = status.groups
  const http = url(web?.sockets.http)
  const udp = reachable(ingest?.sockets.udp)
  const tcp = reachable(ingest?.sockets.tcp)
  const page = url(admin?.sockets.http)
  const pid = web?.slots[0]?.worker?.pid ?? undefined
  return [
    'Try',
    `  curl ${http}/`,
    `  curl '${http}/sleep?ms=500'`,
    `  curl -N '${http}/stream?lines=20'`,
    `  echo "hits:1|c" | nc -u -w0 ${udp.host} ${udp.port}`,
    `  echo "latency:12.5|ms" | nc -w1 ${tcp.host} ${tcp.port}`,
    `  curl ${http}/metrics  # what both have brought, after the next report`,
    `  curl ${page}/status`,
    `  curl ${url({ address: endpoint })}/readyz  # or /livez, /status, and /metrics for Prometheus`,
    `  ${page}/ in a browser`,
    ...(pid === undefined ? [] : [`  kill -9 ${pid}  # web/0, and another one takes its place`]),
    '  Ctrl-C to stop',
  ]
}
