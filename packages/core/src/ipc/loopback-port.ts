import type { Port, PortEvents } from '../node-internals.js'
import type { Codec } from './frames.js'

/**
 * A port whose other end is itself: for a worker that asks its own group. What is said goes through the codec as well,
 * so that whoever answers gets a copy, as from any other worker.
 */
export function loopbackPort(codec: Codec): Port {
  let events: PortEvents | undefined
  const post = (body: unknown, written: (error: Error | null) => void) => {
    const bytes = codec.encode(body)
    setImmediate(() => {
      written(null)
      events?.message(codec.decode(bytes) as object, undefined)
    })
  }
  return {
    pipelines: true,
    check: (body) => void codec.encode(body),
    post: (body, _carried, written) => post(body, written),
    postAhead: (body) => post(body, () => {}),
    postOwn: post,
    listen(given) {
      events = given
    },
    connected: true,
    congested: false,
    foreignHandle: false,
  }
}
