/** A warning that comes from the Node line itself, whatever the code does, and why it cannot be avoided. */
interface ExpectedWarning {
  readonly text: RegExp
  readonly reason: string
}

const expected: readonly ExpectedWarning[] = [
  {
    text: /^ExperimentalWarning: Type Stripping is an experimental feature/,
    reason:
      'Node 22.18 to 24.11 give it for every `.ts` file that they run, and a worker may be a `.ts` file.',
  },
]

/** Whether a warning, written as `Name: message`, is one of the few that do not fail the suite. */
export function isExpectedWarning(text: string): boolean {
  return expected.some((warning) => warning.text.test(text))
}
