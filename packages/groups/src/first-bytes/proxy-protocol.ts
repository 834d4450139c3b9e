import net from 'node:net'
import type { Peer } from '@manifold/core/internal'
import { type Found, NOTHING, type Search } from './found.js'

/**
 * The header in which a proxy names its client: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt.
 * Version 1 is a line of text, version 2 is binary.
 */
const V1 = Buffer.from('PROXY ')
const V2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
/** The longest line of version 1, with its end. */
const V1_BYTES = 107
const V2_FIXED_BYTES = 16

/** @param strip whether the header is for the master only, and the worker's server sees the client's address. */
export function byProxyProtocol(strip: boolean): Search {
  return (head) => {
    if (begins(head, V2)) return head.length < V2.length ? undefined : version2(head, strip)
    if (begins(head, V1)) return head.length < V1.length ? undefined : version1(head, strip)
    return NOTHING
  }
}

/** Whether this is the beginning of that, as far as both go. */
function begins(head: Buffer, signature: Buffer): boolean {
  const length = Math.min(head.length, signature.length)
  return head.subarray(0, length).equals(signature.subarray(0, length))
}

function version1(head: Buffer, strip: boolean): Found | undefined {
  const end = head.indexOf('\r\n')
  if (end < 0) return head.length < V1_BYTES ? undefined : NOTHING
  const [, protocol, address = '', , port] = head.toString('latin1', 0, end).split(' ')
  const length = end + 2
  // UNKNOWN: the proxy speaks for itself, or does not know.
  if (protocol !== 'TCP4' && protocol !== 'TCP6') return { ...NOTHING, ...(strip && { strip: length }) }
  return found(address, Number(port), length, strip)
}

function version2(head: Buffer, strip: boolean): Found | undefined {
  if (head.length < V2_FIXED_BYTES) return undefined
  const length = V2_FIXED_BYTES + head.readUInt16BE(14)
  if (head.length < length) return undefined
  const command = (head[12] as number) & 0x0f
  const family = (head[13] as number) >> 4
  const body = head.subarray(V2_FIXED_BYTES, length)
  // LOCAL: a health check of the proxy's own.
  if (command === 1 && family === 1 && body.length >= 12) {
    return found([...body.subarray(0, 4)].join('.'), body.readUInt16BE(8), length, strip)
  }
  if (command === 1 && family === 2 && body.length >= 36) {
    const words = Array.from({ length: 8 }, (_, index) => body.readUInt16BE(2 * index).toString(16))
    return found(words.join(':'), body.readUInt16BE(32), length, strip)
  }
  return { ...NOTHING, ...(strip && { strip: length }) }
}

function found(address: string, port: number, length: number, strip: boolean): Found {
  const version = net.isIP(address)
  if (version === 0) return NOTHING
  const family: Peer['family'] = version === 6 ? 'IPv6' : 'IPv4'
  return { key: address, ...(strip && { strip: length, peer: { address, family, port } }) }
}
