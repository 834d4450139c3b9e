/** Points of one thing that was measured, from left to right. */
export interface Series {
  name: string
  points: Point[]
}

export interface Point {
  x: number
  /** What is drawn, and the smallest and the largest of what was seen. */
  y: number
  low: number
  high: number
}

export interface Plot {
  title: string
  xLabel: string
  yLabel: string
  series: Series[]
}

const WIDTH = 640
const HEIGHT = 360
const LEFT = 64
const RIGHT = 24
const BOTTOM = 52

/** Own background and colours for each scheme: the picture may be shown on a page that knows only the other one. */
const STYLE = `
  .paper { fill: #ffffff } text { fill: #1f2328; font: 12px system-ui, sans-serif } .title { font-weight: 600; font-size: 14px }
  .grid { stroke: #d1d9e0 } .axis { stroke: #59636e }
  .s0 { --c: #0969da } .s1 { --c: #bc4c00 } .s2 { --c: #1a7f37 } .s3 { --c: #8250df }
  .line { fill: none; stroke: var(--c); stroke-width: 2 } .dot { fill: var(--c) } .range { stroke: var(--c); stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } text { fill: #f0f6fc } .grid { stroke: #3d444d } .axis { stroke: #9198a1 }
    .s0 { --c: #4493f8 } .s1 { --c: #f0883e } .s2 { --c: #3fb950 } .s3 { --c: #ab7df8 }
  }`

/** Draws points, with lines between them, on linear axes from zero. An SVG file, with nothing that it needs. */
export function draw({ title, xLabel, yLabel, series }: Plot): string {
  const top = 28 + 18 * Math.max(2, series.length)
  const points = series.flatMap((one) => one.points)
  const xTicks = ticks(Math.max(...points.map(({ x }) => x)))
  const yTicks = ticks(Math.max(...points.map(({ high }) => high)))
  const toX = (x: number) => round(LEFT + (x / xTicks.at(-1)!) * (WIDTH - LEFT - RIGHT))
  const toY = (y: number) => round(HEIGHT - BOTTOM - (y / yTicks.at(-1)!) * (HEIGHT - top - BOTTOM))
  const [floor, ceiling, start, end] = [toY(0), top, LEFT, WIDTH - RIGHT]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    text(LEFT, 24, title, 'class="title"'),
    ...yTicks.flatMap((y) => [
      line(start, toY(y), end, toY(y), 'grid'),
      text(LEFT - 8, toY(y) + 4, label(y), 'text-anchor="end"'),
    ]),
    ...xTicks.flatMap((x) => [
      line(toX(x), floor, toX(x), floor + 5, 'axis'),
      text(toX(x), floor + 20, label(x), 'text-anchor="middle"'),
    ]),
    line(start, floor, end, floor, 'axis'),
    line(start, floor, start, ceiling, 'axis'),
    text((start + end) / 2, HEIGHT - 10, xLabel, 'text-anchor="middle"'),
    text(LEFT, top - 16, yLabel),
    ...series.flatMap((one, index) => drawSeries(one, index, toX, toY)),
    '</svg>\n',
  ].join('\n')
}

function drawSeries(
  { name, points }: Series,
  index: number,
  toX: (x: number) => number,
  toY: (y: number) => number,
): string[] {
  const path = points.map(({ x, y }) => `${toX(x)},${toY(y)}`).join(' ')
  // The legend stands at the right, above the plot.
  const at = { x: WIDTH - RIGHT - 190, y: 24 + 18 * index }
  return [
    `<g class="s${index % 4}">`,
    `<polyline class="line" points="${path}"/>`,
    ...points.flatMap(({ x, y, low, high }) => [
      line(toX(x), toY(low), toX(x), toY(high), 'range'),
      mark(index, toX(x), toY(y)),
    ]),
    mark(index, at.x - 12, at.y - 4),
    text(at.x, at.y, name),
    '</g>',
  ]
}

/** Series differ in shape, too, for who cannot tell their colours. */
function mark(index: number, x: number, y: number): string {
  return index % 2 === 0
    ? `<circle class="dot" cx="${x}" cy="${y}" r="4"/>`
    : `<rect class="dot" x="${round(x - 3.5)}" y="${round(y - 3.5)}" width="7" height="7"/>`
}

function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`
}

/** From zero to just above the largest, in steps of 1, 2 or 5 by a power of ten. */
function ticks(largest: number): number[] {
  const rough = (largest > 0 ? largest : 1) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  const count = Math.max(1, Math.ceil(largest / step - 1e-9))
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(10)))
}

function label(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 6 })
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
