import { MAX_LINE_LENGTH } from './parse.js'

// One character more than is allowed is enough for the parser to see that a line is too long.
const KEPT_LENGTH = MAX_LINE_LENGTH + 1

/** The lines of a complete message, such as a datagram. Blank ones are no lines. */
export function splitLines(text: string): string[] {
  return text.split('\n').map(withoutReturn).filter(isLine)
}

/**
 * Lines out of a stream that arrives in pieces. What is kept of an unfinished line is bounded: of one that
 * never ends only the beginning survives, to be counted once as malformed when its end comes.
 */
export class LineSplitter {
  #rest = ''

  push(chunk: string): string[] {
    const pieces = chunk.split('\n')
    // The first piece continues what was there, the last one waits for its end.
    pieces[0] = append(this.#rest, pieces[0]!)
    this.#rest = pieces.pop()!.slice(0, KEPT_LENGTH)
    return pieces.map(withoutReturn).filter(isLine)
  }

  /** The last line of a stream that ended without a newline, if there is one. */
  end(): string[] {
    const line = withoutReturn(this.#rest)
    this.#rest = ''
    return isLine(line) ? [line] : []
  }
}

function append(rest: string, piece: string): string {
  return rest + piece.slice(0, KEPT_LENGTH - rest.length)
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function isLine(line: string): boolean {
  return line.trim() !== ''
}
