// A reporter for `node --test` that says nothing about what works: it prints failures as they come, then the output of
// the files that failed, what was skipped, what tests noted (`t.diagnostic('note: …')`), and one line with the counts,
// by which `run-tests` knows the result.

import type { TestEvent } from 'node:test/reporters'
import { isExpectedWarning } from './expected-warnings.js'
import { failureText } from './failure-text.js'
import { dist, testFileName } from './paths.js'

const keptLines = 60

type Data<Type extends TestEvent['type']> = Extract<TestEvent, { type: Type }>['data']
type Place = {
  readonly name: string
  readonly nesting: number
  readonly file?: string
  readonly entryFile?: string
}

/** What is known about one test file, from its process' events. */
class TestFile {
  readonly name: string
  readonly output: string[] = []
  readonly warnings = new Set<string>()
  failed = false
  readonly #path: string[] = []
  readonly #running = new Map<string, number>()

  constructor(name: string) {
    this.name = name
  }

  /** Sent as soon as a test begins; `started` and all results wait until it is their turn to be reported. */
  began(test: Place): void {
    this.#running.set(test.name, (this.#running.get(test.name) ?? 0) + 1)
  }

  ended(test: Place): void {
    const others = (this.#running.get(test.name) ?? 0) - 1
    if (others > 0) this.#running.set(test.name, others)
    else this.#running.delete(test.name)
  }

  started(test: Place): void {
    this.#path.length = test.nesting
    this.#path.push(test.name)
  }

  /** The file, the suites and tests around the test, and the test. */
  fullName(test: Place): string {
    return [this.name, ...this.#path.slice(0, test.nesting), test.name].join(' › ')
  }

  running(): string {
    return this.#running.size === 0 ? '' : `\nNot ended: ${[...this.#running.keys()].join(', ')}`
  }

  wrote(text: string): void {
    this.output.push(text)
    if (this.output.length > keptLines) this.output.shift()
  }
}

class Report {
  readonly #files = new Map<string, TestFile>()
  readonly #skipped: string[] = []
  readonly #notes: string[] = []
  #passed = 0
  #failed = 0

  /** Takes in an event; returns what there is to print at once. */
  take({ type, data }: TestEvent): string {
    if (type === 'test:dequeue' && !isFile(data)) this.#fileOf(data).began(data)
    if (type === 'test:complete') this.#fileOf(data).ended(data)
    if (type === 'test:start') this.#fileOf(data).started(data)
    if (type === 'test:stdout') this.#fileOf(data).wrote(data.message)
    if (type === 'test:diagnostic') this.#note(data)
    if (type === 'test:stderr') return this.#errorOutput(data)
    if (type === 'test:pass' || type === 'test:fail') {
      if (isSet(data.skip) || isSet(data.todo)) this.#skip(data)
      else return type === 'test:fail' ? this.#failure(data) : this.#pass(data)
    }
    return ''
  }

  end(): string {
    const failed = [...this.#files.values()].filter((file) => file.failed && file.output.length > 0)
    const outputs = failed.map((file) => `\nOutput of ${file.name}:\n${indent(file.output.join(''))}\n`)
    const list = (title: string, lines: string[]) =>
      lines.length > 0 ? `${title}:\n${indent(lines.join('\n'))}\n` : ''
    const lists = list('Skipped', this.#skipped) + list('Noted', this.#notes)
    return `${outputs.join('')}${lists}${this.#passed} passed, ${this.#failed} failed\n`
  }

  #pass(test: Data<'test:pass'>): string {
    if (isFile(test)) {
      // The runner takes a file without tests for a test that passed.
      return selectsTests(process.execArgv) ? '' : this.#empty(this.#fileOf(test))
    }
    if (test.details.type !== 'suite') this.#passed += 1
    return ''
  }

  #empty(file: TestFile): string {
    return this.#fail(file, file.name, 'It holds no tests.')
  }

  #failure(test: Data<'test:fail'>): string {
    const file = this.#fileOf(test)
    const text = failureText(test.details.error)
    if (text === undefined) return ''
    return isFile(test)
      ? this.#fail(file, file.name, text + file.running())
      : this.#fail(file, file.fullName(test), text)
  }

  #skip(test: Data<'test:pass' | 'test:fail'>): void {
    const reason = test.skip ?? test.todo
    if (reason === 'test name does not match pattern') return // Node 20: it was not asked for
    this.#skipped.push(this.#fileOf(test).fullName(test) + (typeof reason === 'string' ? ` (${reason})` : ''))
  }

  /** What is to be known even if all is well. Others are for Node's own reporters. */
  #note({ file, message }: Data<'test:diagnostic'>): void {
    const note = /^note: (.*)/s.exec(message)?.[1]
    if (note !== undefined) this.#notes.push(`${this.#fileOf({ file: file ?? '' }).name}: ${note}`)
  }

  #errorOutput({ file: path, message }: Data<'test:stderr'>): string {
    const file = this.#fileOf({ file: path })
    file.wrote(message)
    const warning = warningOfChild(message)
    if (warning === undefined || file.warnings.has(warning)) return ''
    file.warnings.add(warning)
    return this.#fail(file, file.name, `A process that it started gave a warning: ${warning}`)
  }

  #fail(file: TestFile, title: string, text: string): string {
    this.#failed += 1
    file.failed = true
    return `\nFAIL ${title}\n${indent(text)}\n`
  }

  /** Events name a file as it was compiled or, by its source map, as it was written. */
  #fileOf(data: { readonly entryFile?: string; readonly file?: string }): TestFile {
    const name = testFileName(data.entryFile ?? data.file ?? '')
    const file = this.#files.get(name) ?? new TestFile(name)
    this.#files.set(name, file)
    return file
  }
}

export default async function* quietReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const report = new Report()
  for await (const event of events) {
    const text = report.take(event)
    if (text !== '') yield text
  }
  yield report.end()
}

/** The runner reports a file as a test of its own, named after its path, if the file itself failed or is empty. */
function isFile({ name, nesting }: Place): boolean {
  return nesting === 0 && name.startsWith(dist) && name.endsWith('.test.js')
}

function isSet(reason: string | boolean | undefined): boolean {
  return reason !== undefined && reason !== false
}

/** A test file's own warnings come in other words, from `fail-on-warning`. */
function warningOfChild(line: string): string | undefined {
  const text = /^\(node:\d+\) (?:\[\w+\] )?(\w*Warning: .*)/.exec(line)?.[1]
  return text === undefined || isExpectedWarning(text) ? undefined : text
}

function selectsTests(flags: readonly string[]): boolean {
  return flags.some((flag) => /^--test-(?:only|name-pattern|skip-pattern)/.test(flag))
}

function indent(text: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, '  ')
}
