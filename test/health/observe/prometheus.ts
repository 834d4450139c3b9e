import assert from 'node:assert/strict'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (NaN|[+-]Inf|[+-]?[0-9.]+(?:e[+-]?[0-9]+)?)$`)
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/gy

/**
 * Reads the text format of Prometheus (0.0.4), and fails where `promtool check metrics` would: each metric once, with
 * its help and type ahead of its samples, and no sample twice.
 */
export class Exposition {
  readonly samples: readonly Sample[]
  readonly types: ReadonlyMap<string, string>

  constructor(text: string) {
    assert.ok(text.endsWith('\n'), 'the last line ends')
    const samples: Sample[] = []
    const types = new Map<string, string>()
    const helped = new Set<string>()
    const seen = new Set<string>()
    let current = ''
    for (const line of text.split('\n')) {
      if (line === '') continue
      const [, keyword, name = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`).exec(line) ?? []
      if (keyword === 'HELP') {
        assert.ok(!helped.has(name), `${name} has one help`)
        helped.add(name)
        current = name
      } else if (keyword === 'TYPE') {
        assert.equal(name, current, 'the type follows the help')
        assert.match(rest, /^(?:counter|gauge|histogram|summary)$/)
        types.set(name, rest)
      } else {
        const sample = read(line)
        assert.ok(belongs(sample, current, types.get(current)), `'${line}' is of ${current}`)
        const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
        assert.ok(!seen.has(key), `'${line}' comes once`)
        seen.add(key)
        samples.push(sample)
      }
    }
    for (const [name, type] of types) {
      if (type === 'counter' && name.startsWith('manifold_')) assert.match(name, /_total$/)
    }
    this.samples = samples
    this.types = types
  }

  /** The one sample of that name and with at least those labels; undefined if there is none. */
  get(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const found = this.samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    assert.ok(found.length <= 1, `${name} is one sample: ${JSON.stringify(found)}`)
    return found[0]?.value
  }

  /** The samples of counters, and of what else only grows, by name and labels. */
  get counts(): Map<string, number> {
    const grows = ({ name }: Sample) => {
      const base = name.replace(/_(?:bucket|sum|count)$/, '')
      return this.types.get(name) === 'counter' || this.types.get(base) === 'histogram'
    }
    const counts = this.samples.filter(grows)
    return new Map(counts.map(({ name, labels, value }) => [`${name} ${JSON.stringify(labels)}`, value]))
  }
}

function read(line: string): Sample {
  const match = SAMPLE.exec(line)
  assert.ok(match, `a sample: '${line}'`)
  const [, name = '', labelText = '', value = ''] = match
  const labels: Record<string, string> = {}
  let read = 0
  for (const label of labelText.matchAll(LABEL)) {
    labels[label[1]!] = label[2]!
    read += label[0].length
  }
  assert.equal(read, labelText.length, `labels: '${labelText}'`)
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

function belongs({ name, labels }: Sample, metric: string, type: string | undefined): boolean {
  if (type === 'histogram')
    return name === `${metric}_bucket` ? 'le' in labels : [`${metric}_sum`, `${metric}_count`].includes(name)
  if (type === 'summary')
    return name === metric ? 'quantile' in labels : [`${metric}_sum`, `${metric}_count`].includes(name)
  return type !== undefined && name === metric
}
