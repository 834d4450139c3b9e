import path from 'node:path'

/** Absolute, as the kernel will see it; `@name` is the usual way to write an abstract name. */
export function unixPath(given: string, directory = process.cwd()): string {
  if (given.startsWith('@')) return `\0${given.slice(1)}`
  if (isAbstract(given) || process.platform === 'win32') return given
  return path.resolve(directory, given)
}

export function isAbstract(socketPath: string): boolean {
  return socketPath.startsWith('\0')
}
