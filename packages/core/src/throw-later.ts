/**
 * Throws in a later turn: what a listener, or another callback of the application, throws is an uncaught exception as ever,
 * but whoever has called it goes on.
 */
export function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}
