import { readFileSync, statSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type Frame, INLINE, type Script } from './main-thread.js'

/** A larger map is left alone: what it takes to read it is many times that. */
const MAX_BYTES = 16 * 1_048_576

interface Map {
  readonly map: SourceMap
  /** To what its sources are relative. */
  readonly base: string
  readonly payload: SourceMapPayload
}

/** Finds where code was before it was compiled. */
export class SourceMaps {
  readonly #maps = new globalThis.Map<Script, Map | undefined>()

  /** `file:line:column`, from 1 on; undefined if there is no map, or it does not say. */
  origin({ script, line, column }: Frame): string | undefined {
    if (!this.#maps.has(script)) this.#maps.set(script, read(script))
    const map = this.#maps.get(script)
    const entry = map?.map.findEntry(line, column)
    if (!map || !entry || !('originalSource' in entry)) return undefined
    return `${sourceName(map, entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  }
}

/** A map that cannot be read costs its lines only. */
function read({ url, sourceMapUrl, source }: Script): Map | undefined {
  try {
    if (sourceMapUrl === undefined) return undefined
    const base = sourceMapUrl === INLINE ? url : new URL(sourceMapUrl, url).href
    const text = sourceMapUrl === INLINE ? inlineMap(source ?? '') : fileText(base)
    if (text === undefined) return undefined
    const payload = JSON.parse(text) as SourceMapPayload
    return { map: new SourceMap(payload), base, payload }
  } catch {
    return undefined
  }
}

function fileText(url: string): string | undefined {
  const path = fileURLToPath(url)
  return statSync(path).size > MAX_BYTES ? undefined : readFileSync(path, 'utf8')
}

function inlineMap(source: string): string | undefined {
  const at = source.lastIndexOf('sourceMappingURL=data:')
  const [, parameters = '', data = ''] = /^sourceMappingURL=data:([^,]*),(\S*)/.exec(source.slice(at)) ?? []
  if (at < 0 || data.length > MAX_BYTES) return undefined
  return parameters.endsWith(';base64') ? Buffer.from(data, 'base64').toString() : decodeURIComponent(data)
}

function sourceName({ base, payload }: Map, source: string): string {
  try {
    const root = payload.sourceRoot ? payload.sourceRoot.replace(/\/?$/, '/') : ''
    const url = new URL(root + source, base).href
    return url.startsWith('file:') ? fileURLToPath(url) : url
  } catch {
    return source
  }
}
