import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the compiled tests, and of their sources. */
export const dist = dirname(fileURLToPath(new URL('.', import.meta.url)))
export const source = dirname(dist)

/** A test file's name for people, who look for the source: `core/ipc/channel.test.ts`. */
export function testFileName(path: string): string {
  const inFolder = relative(dist, path).replaceAll('\\', '/')
  return inFolder.replace(/^(?:\.\.\/)+/, '').replace(/\.js$/, '.ts')
}
