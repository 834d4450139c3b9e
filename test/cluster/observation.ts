import { dirname } from 'node:path'
import { source } from '../tools/paths.js'

/** What is left when all processes of a program have ended. */
export interface Outcome {
  /** Lines `<process>\t<what it observed>`, as `trace.cjs` writes them. */
  readonly trace: string
  readonly stdout: string
  readonly stderr: string
  /** Exit code or signal of the primary. */
  readonly end: string
  /** Processes that went on after the last one that could be heard. */
  readonly left: number
  /** In which it ran. */
  readonly directory: string
}

/**
 * The outcome as lines that two runs have in common: one section for each process, in which order counts, then the outputs
 * and the end. What is different in each run, such as process ids, and where in Node an error was thrown, is not in it.
 */
export function observation({ trace, stdout, stderr, end, left, directory }: Outcome): string[] {
  const lines = [...sections(trace)].flatMap(([process, observed]) => [
    `[${process}]`,
    ...disconnectFirst(observed).map((line) => withoutPaths(line, directory)),
  ])
  lines.push(...output('stdout', withoutPaths(stdout, directory)))
  lines.push(...output('stderr', withoutPlaces(withoutPaths(stderr, directory))))
  lines.push('[end]', `ends with ${end}`)
  if (left > 0) lines.push(`leaves ${left} processes behind`)
  return lines
}

/** By process, `primary` first, then workers by number. */
function sections(trace: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const line of trace.split('\n')) {
    const [, process, observed] = /^([^\t]+)\t(.*)$/s.exec(line) ?? []
    if (process === undefined || observed === undefined) continue
    found.set(process, [...(found.get(process) ?? []), observed])
  }
  const inOrder = [...found].sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
  return new Map(inOrder)
}

/**
 * A worker that ends is disconnected and exits, and Node leaves open which of the two its primary hears first: it depends
 * on how busy that is. Where one follows the other at once, `disconnect` is put first.
 */
function disconnectFirst(observed: readonly string[]): string[] {
  const ends = /^(?:cluster|worker) (disconnect|exit)\b/
  const lines = [...observed]
  for (let begin = 0; begin < lines.length; begin++) {
    let end = begin
    while (end < lines.length && ends.test(lines[end]!)) end++
    const block = lines.slice(begin, end)
    const disconnects = block.filter((line) => ends.exec(line)?.[1] === 'disconnect')
    const exits = block.filter((line) => ends.exec(line)?.[1] === 'exit')
    lines.splice(begin, block.length, ...disconnects, ...exits)
    begin = end
  }
  return lines
}

function output(name: string, text: string): string[] {
  return text.trim() === '' ? [] : [`[${name}]`, ...text.trimEnd().split('\n')]
}

function withoutPaths(text: string, directory: string): string {
  return text
    .replaceAll(directory, '<directory>')
    .replaceAll(process.execPath, '<node>')
    .replaceAll(dirname(source), '<root>')
}

/** The head of a report of an uncaught error (file, line, a caret below it) and the frames of its stack go. */
function withoutPlaces(text: string): string {
  return text
    .replace(/^(?:node:|file:|\/|<)\S*:\d+\n(?:.*\n)*? *\^+ *\n/gm, '')
    .replace(/^ {4,}(?:at |\[\.\.\. lines).*?( \{)?\n/gm, (_, brace) => (brace === undefined ? '' : '{\n'))
    .replace(/\(node:\d+\)/g, '(node)')
    .replace(/(?<=[\w.\]*]:)\d{4,5}\b/g, 'port')
    .replace(/(?<=\bport: )\d{4,5}\b/g, 'port')
    .replace(/\n{2,}/g, '\n')
    .replace(/^\n/, '')
}
