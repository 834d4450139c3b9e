import { show } from '@manifold/core/internal'

/** What a line may hold of one event: more is not for a log. */
const MAX_VALUES = 2_000
const MAX_DEPTH = 6
const MAX_TEXT = 8_192

/**
 * A value as it may stand in a line of JSON: errors with what tells them apart, no handles, no cycles, of a bounded
 * size. Reads plain objects and arrays only, so that nothing else of the application is run or shown.
 */
export function plain(value: unknown): unknown {
  let left = MAX_VALUES
  const copy = (item: unknown, above: readonly unknown[]): unknown => {
    if (left-- <= 0) return undefined
    switch (typeof item) {
      case 'string':
        return item.length > MAX_TEXT ? `${item.slice(0, MAX_TEXT)}…` : item
      case 'boolean':
        return item
      case 'number':
        return Number.isFinite(item) ? item : String(item)
      case 'bigint':
        return String(item)
      case 'object':
        break
      default:
        return undefined
    }
    if (item === null) return null
    if (above.includes(item) || above.length >= MAX_DEPTH) return show(item)
    const within = [...above, item]
    if (item instanceof Error) return copyEntries(errorFields(item), within)
    if (Array.isArray(item)) return item.map((element) => copy(element, within) ?? null)
    return isPlain(item) ? copyEntries(item, within) : show(item)
  }
  const copyEntries = (item: object, within: readonly unknown[]) =>
    Object.fromEntries(Object.entries(item).map(([key, field]) => [key, copy(field, within)]))
  return copy(value, [])
}

function errorFields({ name, message, stack, cause, ...error }: Error & { code?: unknown }): object {
  return { name, code: error.code, message, stack, cause }
}

function isPlain(item: object): boolean {
  const prototype = Object.getPrototypeOf(item)
  return prototype === Object.prototype || prototype === null
}
