import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import type { Sink } from './sink.js'

export interface LogFileConfig {
  /** Absolute. */
  readonly file: string
  readonly maxBytes: number
  readonly maxFiles: number
}

/**
 * A file that lines are appended to. Before it would grow beyond its size it becomes `file.1`, that `file.2`, and so
 * on; the last one is gone. One that was moved or removed by somebody else (logrotate) is opened anew.
 *
 * It is written synchronously: a master that dies has said why, and events are rare enough that the ten microseconds
 * of a short write count for nothing.
 */
export class LogFile implements Sink {
  readonly #config: LogFileConfig
  #fd: number | undefined
  /** A line was written in part: the next begins on a line of its own. */
  #torn = false

  /** Throws the system's error if it cannot be opened. */
  constructor(config: LogFileConfig) {
    this.#config = config
    this.#fd = open(config.file)
  }

  write(line: string): void {
    const bytes = Buffer.from(this.#torn ? `\n${line}` : line)
    const fd = this.#withRoomFor(bytes.length)
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(fd, bytes, written)
      this.#torn = false
    } catch (error) {
      this.#torn ||= written > 0
      throw error
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #withRoomFor(bytes: number): number {
    const { file, maxBytes } = this.#config
    const ours = this.#fd === undefined ? undefined : fstatSync(this.#fd)
    const there = statSync(file, { throwIfNoEntry: false })
    if (this.#fd === undefined || ours?.ino !== there?.ino || ours?.dev !== there?.dev) return this.#reopen()
    return ours !== undefined && ours.size > 0 && ours.size + bytes > maxBytes ? this.#rotate() : this.#fd
  }

  #rotate(): number {
    const { file, maxFiles } = this.#config
    if (maxFiles === 1) {
      ftruncateSync(this.#fd!)
      return this.#fd!
    }
    for (let index = maxFiles - 2; index >= 1; index--)
      moveIfThere(`${file}.${index}`, `${file}.${index + 1}`)
    renameSync(file, `${file}.1`)
    return this.#reopen()
  }

  #reopen(): number {
    this.close()
    this.#torn = false
    this.#fd = open(this.#config.file)
    return this.#fd
  }
}

/** Not blocking: a pipe that nobody reads must not hold the master up, neither now nor later. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0)

function open(file: string): number {
  const fd = openSync(file, FLAGS, 0o640)
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw Object.assign(new Error(`not a regular file: '${file}'`), { code: 'ENOTSUP' })
}

function moveIfThere(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false })) renameSync(from, to)
}
