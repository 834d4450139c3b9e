import { ManifoldError } from '../../errors.js'
import type { Inquiry } from '../../ipc/inquiry.js'
import type { Caller } from '../../ipc/protocol.js'
import type { Runtime } from '../runtime.js'

/** Answers a request with what the application gave to `worker.handle(name, …)`. */
export async function answer(
  runtime: Runtime,
  name: string,
  payload: unknown,
  inquiry: Inquiry,
  from: Caller,
): Promise<unknown> {
  const handler = runtime.answers.get(name)
  if (handler) {
    return handler(payload, {
      from,
      get signal() {
        return inquiry.signal
      },
    })
  }
  const { group, id } = runtime.boot
  throw new ManifoldError(
    'ERR_MANIFOLD_NO_HANDLER',
    `worker ${id} of group '${group}' has no handler for requests named '${name}'`,
  )
}
