import type { WireError } from './protocol.js'

/**
 * An error, or whatever was thrown in its place, made fit to cross a channel in either serialization. Never throws:
 * somebody waits for the answer.
 */
export function toWire(thrown: unknown): WireError {
  try {
    if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) }
    const { name, message, stack } = thrown
    const code = Reflect.get(thrown, 'code')
    return { name: String(name), message: String(message), code: ifText(code), stack: ifText(stack) }
  } catch {
    return { name: 'Error', message: 'something was thrown that cannot be told' }
  }
}

function ifText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The error of the other process: its name, message, code and stack. */
export function fromWire(wire: WireError): Error {
  const error = new Error(wire.message)
  error.name = wire.name
  if (wire.code !== undefined) Object.assign(error, { code: wire.code })
  if (wire.stack !== undefined) error.stack = wire.stack
  return error
}
