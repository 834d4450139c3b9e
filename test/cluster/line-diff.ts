/** Two texts as one: lines that both have after two spaces, those of the one alone after `-`, of the other alone after `+`. */
export function lineDiff(one: readonly string[], other: readonly string[]): string[] {
  const common = commonLengths(one, other)
  const lines: string[] = []
  let i = 0
  let j = 0
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && one[i] === other[j]) {
      lines.push(`  ${one[i++]}`)
      j++
    } else if (j === other.length || (i < one.length && common(i + 1, j) >= common(i, j + 1))) {
      lines.push(`- ${one[i++]}`)
    } else {
      lines.push(`+ ${other[j++]}`)
    }
  }
  return lines
}

/** The longest common subsequence of what follows two places. The texts are short: a table of all places will do. */
function commonLengths(one: readonly string[], other: readonly string[]): (i: number, j: number) => number {
  const width = other.length + 1
  const table = new Uint32Array((one.length + 1) * width)
  const at = (i: number, j: number) => table[i * width + j] ?? 0
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      const longest = one[i] === other[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
      table[i * width + j] = longest
    }
  }
  return at
}
