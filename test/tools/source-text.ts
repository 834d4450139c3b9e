/** One import, of any form, in a source file. */
export interface Import {
  readonly specifier: string
  readonly line: number
}

/**
 * Comments, or what only looks like one: strings, templates and regular expressions are matched first, whole, so that a
 * `//` in them starts nothing. Telling a regular expression from a division needs no more than what stands before it.
 */
const token =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[(,=:[!&|?{};\n]\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//g

/** The text without its comments; lines keep their numbers. */
export function withoutComments(text: string): string {
  return text.replace(token, (found) => (/^\/[/*]/.test(found) ? found.replace(/[^\n]/g, ' ') : found))
}

const importForms = [
  /^[ \t]*(?:import|export)\b[^'"`;]*\bfrom\s*(['"])([^'"\n]+)\1/gm, // import … from 'x', export … from 'x'
  /^[ \t]*import\s*(['"])([^'"\n]+)\1/gm, // import 'x'
  /\b(?:import|require|require\.resolve|import\.meta\.resolve)\s*\(\s*(['"])([^'"\n]+)\1/g,
  /\bnew\s+URL\(\s*(['"])([^'"\n]+)\1\s*,\s*import\.meta\.url/g,
]

/** What a file imports, given its text without comments. */
export function importsOf(text: string): Import[] {
  // Templates hold prose, and at times code for another process, but never the name of a module.
  const code = text.replace(token, (found) => (found.startsWith('`') ? found.replace(/[^\n]/g, ' ') : found))
  const found = importForms.flatMap((form) => [...code.matchAll(form)])
  return found.map(({ 0: statement, 2: specifier = '', index }) => {
    return { specifier, line: lineAt(code, index + statement.length) }
  })
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
