import type { WireError } from './protocol.js'

/** An error, or whatever was thrown in its place, made fit to cross a channel in either serialization. */
export function toWire(thrown: unknown): WireError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) }
  const code = Reflect.get(thrown, 'code')
  return {
    name: thrown.name,
    message: thrown.message,
    code: typeof code === 'string' ? code : undefined,
    stack: thrown.stack,
  }
}

/** The error of the other process: its name, message, code and stack. */
export function fromWire(wire: WireError): Error {
  const error = new Error(wire.message)
  error.name = wire.name
  if (wire.code !== undefined) Object.assign(error, { code: wire.code })
  if (wire.stack !== undefined) error.stack = wire.stack
  return error
}
