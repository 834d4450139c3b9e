/** How long one test file may take. It ends itself then, and says what it was at. */
export const fileTimeoutMs = 180_000

/** How much later it is ended from outside, if it could not do so itself. */
export const graceMs = 5_000

/** Test files that run at the same time: the machines that run the suite have two cores, and tests measure time. */
export const concurrency = 2

/** How long what a test file started may go on after the file has ended. */
export const goneWithinMs = 2_000
