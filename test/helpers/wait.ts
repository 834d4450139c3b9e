/** What node:events and eventemitter3 have in common, as far as waiting needs it. */
interface Emitter {
  on(event: string, listener: Listener): unknown
  off(event: string, listener: Listener): unknown
}

// biome-ignore lint/suspicious/noExplicitAny: each emitter types its listeners in its own way; only `any` fits all.
type Listener = (...args: any[]) => void

interface OnceOptions<Args extends unknown[]> {
  /** Milliseconds after which the wait fails. @default 10_000 */
  timeoutMs?: number
  /** Only an event for which this returns true ends the wait. */
  filter?: (...args: Args) => boolean
}

interface UntilOptions {
  /** Says in an error what was awaited; a function is asked when the time is up. */
  what: string | (() => string)
  /** Milliseconds after which the wait fails. @default 10_000 */
  timeoutMs?: number
  /** Milliseconds between two looks. @default 20 */
  intervalMs?: number
}

/** Resolves with the arguments of the next `event` that passes the filter. */
export function once<Args extends unknown[] = unknown[]>(
  emitter: Emitter,
  event: string,
  { timeoutMs = 10_000, filter }: OnceOptions<Args> = {},
): Promise<Args> {
  return new Promise((resolve, reject) => {
    let dismissed = 0
    const settle = (act: () => void) => {
      clearTimeout(timer)
      emitter.off(event, listener)
      act()
    }
    const listener: Listener = (...args: Args) => {
      try {
        if (filter === undefined || filter(...args)) settle(() => resolve(args))
        else dismissed++
      } catch (error) {
        settle(() => reject(error))
      }
    }
    const timer = setTimeout(() => {
      const seen = dismissed === 0 ? '' : ` (${dismissed} came that the filter dismissed)`
      settle(() => reject(new Error(`no '${event}' event within ${timeoutMs} ms${seen}`)))
    }, timeoutMs)
    emitter.on(event, listener)
  })
}

/**
 * Looks again and again until `condition` returns something truthy, and resolves with that. Meant for facts about
 * other processes, which offer no event; what has an event is awaited with `once`.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 10_000, intervalMs = 20 }: UntilOptions,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const result = await within(condition(), deadline)
    if (result !== expired && result) return result
    if (result === expired || performance.now() >= deadline) {
      throw new Error(
        `gave up after ${timeoutMs} ms waiting for: ${typeof what === 'string' ? what : what()}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  }
}

const expired = Symbol('expired')

/** A condition that itself never settles must not make the wait endless. */
async function within<T>(value: T | Promise<T>, deadline: number): Promise<T | typeof expired> {
  if (!(value instanceof Promise)) return value
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<typeof expired>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, deadline - performance.now()), expired)
  })
  try {
    return await Promise.race([value, timeout])
  } finally {
    clearTimeout(timer)
  }
}
