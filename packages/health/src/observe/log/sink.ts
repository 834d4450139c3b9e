/** Where the lines of an event log go. */
export interface Sink {
  /** Throws if the line is lost. */
  write(line: string): void
  close(): void
}
