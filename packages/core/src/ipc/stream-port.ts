import type { Socket } from 'node:net'
import { log } from '../debug.js'
import type { Port } from '../node-internals.js'
import { type Codec, Frames, frame } from './frames.js'

const debug = log('link')

/**
 * One end of a connection between two workers, as a port for a channel. It carries no handles, and keeps no process
 * alive. `closed` is called once nothing more can be said or heard.
 */
export function streamPort(socket: Socket, codec: Codec, closed: () => void): Port {
  const write = (body: unknown, written: (error: Error | null) => void) => {
    const parts = frame(codec.encode(body))
    if (!socket.writableCorked) {
      // What is said in one turn leaves with one system call.
      socket.cork()
      process.nextTick(() => socket.uncork())
    }
    const last = parts.length - 1
    for (const [index, part] of parts.entries()) {
      if (index < last) socket.write(part)
      else socket.write(part, (error) => written(error ?? null))
    }
  }
  socket.unref()
  socket.on('error', (error) => debug('a link broke: %o', error))
  socket.on('close', closed)
  return {
    pipelines: true,
    check: (body) => void codec.encode(body),
    post: (body, _carried, written) => write(body, written),
    // Nothing that is written here waits behind a handle, and there is no other traffic to tell it from.
    postAhead: (body) => write(body, () => {}),
    postOwn: write,
    listen({ message }) {
      const frames = new Frames()
      socket.on('data', (chunk: Buffer) => {
        try {
          frames.push(chunk, (body) => message(codec.decode(body) as object, undefined))
        } catch (error) {
          socket.destroy(error as Error)
        }
      })
    },
    get connected() {
      return socket.writable
    },
    get congested() {
      return socket.writableLength > 0
    },
    foreignHandle: false,
  }
}
