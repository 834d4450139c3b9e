import { inspect } from 'node:util'

/** What `node --test` reports as the error of a test. */
interface TestFailure extends Error {
  readonly failureType?: string
  readonly exitCode?: number | null
  readonly signal?: string | null
}

const internalFrame = /\n +at .*(?:node:internal|node:async_hooks).*?( \{)?$/gm

/** A failed test's error with its stack; undefined when it only failed because a test inside it did. */
export function failureText(error: TestFailure): string | undefined {
  if (error.failureType === 'subtestsFailed') return undefined
  if (error.exitCode != null) return `The process ended with exit code ${error.exitCode}.`
  if (error.signal != null) return `The process was ended by ${error.signal}.`
  const cause = error.cause ?? error.message
  return typeof cause === 'string' ? cause : errorText(cause)
}

function errorText(error: unknown): string {
  // An assertion's fields repeat its message; other errors' fields, a code or a cause, say more than the message does.
  const isAssertion = error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_ASSERTION'
  const text = isAssertion ? (error.stack ?? error.message) : inspect(error, { depth: 6, breakLength: 110 })
  // Errors arrive as copies from another process, which `inspect` notes as `RangeError [Error]`.
  return text.replace(/^(\w+) \[Error\]/, '$1').replace(internalFrame, '$1')
}
