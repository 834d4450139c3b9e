import path from 'node:path'

/** Absolute, as the kernel will see it; `@name` is the usual way to write an abstract name. */
export function unixPath(given: string, directory = process.cwd()): string {
  if (given.startsWith('@')) return `\0${given.slice(1)}`
  if (isAbstract(given) || process.platform === 'win32') return given
  return path.resolve(directory, given)
}

/** The same place in fewer bytes, of which the kernel takes about a hundred only: as seen from where this process is. */
export function shortest(absolute: string): string {
  if (isAbstract(absolute) || process.platform === 'win32') return absolute
  const relative = path.relative(process.cwd(), absolute)
  return relative !== '' && relative.length < absolute.length && absolute.length > COMFORTABLE
    ? relative
    : absolute
}

/** Up to here nothing needs to be shortened. */
const COMFORTABLE = 100

export function isAbstract(socketPath: string): boolean {
  return socketPath.startsWith('\0')
}
