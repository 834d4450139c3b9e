/** One client for each kind of application in `fixtures/apps`. Every call makes a connection of its own. */

import dgram from 'node:dgram'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import WebSocket from 'ws'
import { certificate } from '../helpers/certificate.js'
import { once } from '../helpers/wait.js'

/** What an application says of itself. */
export interface Answer {
  readonly pid: number
  /** The name of the framework, or what a server without HTTP has echoed. */
  readonly framework: string
}

export type Ask = (port: number) => Promise<Answer>

const host = '127.0.0.1'

export const askHttp: Ask = (port) => read(http.get({ port, host, agent: false }))

export const askHttps: Ask = async (port) => {
  const { cert } = await certificate()
  return read(https.get({ port, host, agent: false, ca: cert }))
}

async function read(request: http.ClientRequest): Promise<Answer> {
  const [response] = await once<[http.IncomingMessage]>(request, 'response')
  const answer = JSON.parse(await text(response)) as Answer
  if (Number(response.headers['x-pid']) !== answer.pid) throw new Error('two processes in one answer')
  return answer
}

export const askHttp2: Ask = async (port) => {
  const { cert } = await certificate()
  return readHttp2(http2.connect(`https://${host}:${port}`, { ca: cert }))
}

export const askH2c: Ask = (port) => readHttp2(http2.connect(`http://${host}:${port}`))

async function readHttp2(session: http2.ClientHttp2Session): Promise<Answer> {
  const closed = once(session, 'close')
  const answer = JSON.parse(await text(session.request({ ':path': '/' }))) as Answer
  session.close()
  await closed
  return answer
}

export const askWebSocket: Ask = async (port) => {
  const client = new WebSocket(`ws://${host}:${port}`)
  const upgraded = once<[http.IncomingMessage]>(client, 'upgrade')
  await once(client, 'open')
  const [response] = await upgraded
  const echoed = once<[Buffer]>(client, 'message')
  client.send('echo')
  const [message] = await echoed
  const closed = once(client, 'close')
  client.close()
  await closed
  return { pid: Number(response.headers['x-pid']), framework: String(message) }
}

export const askTcp: Ask = async (port) => {
  const socket = net.connect(port, host)
  socket.setEncoding('utf8')
  socket.write('echo')
  const [echoed] = await once<[string]>(socket, 'data')
  socket.write('pid')
  const [pid] = await once<[string]>(socket, 'data')
  socket.destroy()
  return { pid: Number(pid), framework: echoed }
}

export const askUdp: Ask = async (port) => {
  const socket = dgram.createSocket('udp4')
  try {
    socket.send('echo', port, host)
    const [echoed] = await once<[Buffer]>(socket, 'message')
    socket.send('pid', port, host)
    const [pid] = await once<[Buffer]>(socket, 'message')
    return { pid: Number(pid), framework: String(echoed) }
  } finally {
    socket.close()
  }
}

/** A TLS connection that is used for one HTTP/1.1 request: who answered, and what a later one can resume. */
export interface TlsVisit {
  readonly pid: number
  readonly reused: boolean
  readonly protocol: string | null
  readonly session: Buffer
}

export async function visitTls(
  port: number,
  version: tls.SecureVersion,
  session?: Buffer | undefined,
): Promise<TlsVisit> {
  const { cert } = await certificate()
  const socket = tls.connect({
    ...{ port, host, ca: cert, minVersion: version, maxVersion: version, ALPNProtocols: ['http/1.1'] },
    ...(session === undefined ? {} : { session }),
  })
  // With TLS 1.3 the ticket follows the handshake; with 1.2 a resumed session may bring none.
  let ticket = session
  socket.on('session', (fresh) => {
    ticket = fresh
  })
  await once(socket, 'secureConnect')
  const [reused, protocol] = [socket.isSessionReused(), socket.getProtocol()]
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  const response = await text(socket)
  const pid = Number(/^x-pid: (\d+)/im.exec(response)?.[1])
  if (!pid || !ticket) throw new Error(`no answer, or no session: ${response}`)
  return { pid, reused, protocol, session: ticket }
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let read = ''
  for await (const chunk of stream) read += chunk
  return read
}
