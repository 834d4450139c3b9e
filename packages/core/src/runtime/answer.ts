import { ManifoldError } from '../errors.js'
import type { Runtime } from './runtime.js'

/** Answers a request with what the application gave to `worker.handle(name, …)`. */
export async function answer(runtime: Runtime, name: string, payload: unknown): Promise<unknown> {
  const handler = runtime.answers.get(name)
  if (handler) return handler(payload)
  const { group, id } = runtime.boot
  throw new ManifoldError(
    'ERR_MANIFOLD_NO_HANDLER',
    `worker ${id} of group '${group}' has no handler for requests named '${name}'`,
  )
}
