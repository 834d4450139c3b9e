import { fileURLToPath } from 'node:url'
import type { Frame } from './main-thread.js'
import { SourceMaps } from './source-maps.js'

/** Frames as `error.stack` would show them. */
export function formatStack(frames: readonly Frame[], mapped: boolean): string {
  const maps = new SourceMaps()
  return frames.map((frame) => format(frame, mapped ? maps.origin(frame) : undefined)).join('\n')
}

function format({ functionName, script, line, column }: Frame, origin: string | undefined): string {
  const place = origin ?? `${nameOf(script)}:${line + 1}:${column + 1}`
  return `    at ${functionName === '' ? place : `${functionName} (${place})`}`
}

/** The inspector has URLs for all files; V8 knows those of CommonJS by their paths. */
function nameOf({ url, isModule }: Frame['script']): string {
  if (url === '') return '<anonymous>'
  return isModule || !url.startsWith('file:') ? url : fileURLToPath(url)
}
