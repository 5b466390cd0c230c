/** A line of a chart. */
interface Series {
  readonly name: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

/** A chart of lines whose axes are both logarithmic. */
export interface Chart {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly series: readonly Series[]
}

const width = 780
const height = 400
const margin = { left: 70, right: 290, top: 50, bottom: 60 }
const plot = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom }
/** Told apart by people who see few colours, on white and on black (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9']
const lineHeight = 22

interface Axis {
  readonly ticks: readonly number[]
  /** Between 0 and 1. */
  place(value: number): number
}

/** From a power of ten below all values to one above them; where that leaves half of it empty, with 2 and 5 between. */
function axisFor(values: readonly number[]): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const steps = Math.log10(most / least) < 1.5 ? [1, 2, 5] : [1]
  const candidates: number[] = []
  for (let exponent = Math.floor(Math.log10(least)); exponent <= Math.ceil(Math.log10(most)); exponent++) {
    for (const step of steps) candidates.push(step * 10 ** exponent)
  }
  // Rounding must not push the outermost tick inside.
  const slack = 1 + 1e-9
  const first = candidates.findLastIndex((tick) => tick <= least * slack)
  const last = candidates.findIndex((tick) => tick >= most / slack)
  const ticks = candidates.slice(Math.max(0, first), Math.max(last, first + 1) + 1)
  const [low, high] = [Math.log10(ticks[0]!), Math.log10(ticks.at(-1)!)]
  return { ticks, place: (value) => (Math.log10(value) - low) / (high - low) }
}

function showTick(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`
  if (value >= 1e3) return `${value / 1e3} k`
  return String(Number(value.toPrecision(3)))
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

interface TextStyle {
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly weight?: 'bold'
  readonly turned?: boolean
}

function text(x: number, y: number, words: string, { anchor = 'start', weight, turned }: TextStyle = {}): string {
  const [across, down] = [x.toFixed(1), y.toFixed(1)]
  const bold = weight === undefined ? '' : ` font-weight="${weight}"`
  const rotation = turned ? ` transform="rotate(-90 ${across} ${down})"` : ''
  return `<text x="${across}" y="${down}" text-anchor="${anchor}"${bold}${rotation}>${escapeText(words)}</text>`
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1))
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}"/>`
}

/**
 * The chart as an SVG document.
 * @throws {RangeError} it has no points, or one that a logarithmic axis cannot show
 */
export function drawChart({ title, xTitle, yTitle, series }: Chart): string {
  const points = series.flatMap((one) => one.points)
  if (points.length === 0) throw new RangeError(`the chart "${title}" has no points`)
  if (points.some(({ x, y }) => !(x > 0 && y > 0)))
    throw new RangeError(`the chart "${title}" has a point at 0 or below`)
  const xAxis = axisFor(points.map(({ x }) => x))
  const yAxis = axisFor(points.map(({ y }) => y))
  const across = (value: number): number => margin.left + xAxis.place(value) * plot.width
  const down = (value: number): number => margin.top + (1 - yAxis.place(value)) * plot.height
  const bottom = margin.top + plot.height
  const right = margin.left + plot.width

  const grid = [
    ...xAxis.ticks.map((tick) => line(across(tick), margin.top, across(tick), bottom)),
    ...yAxis.ticks.map((tick) => line(margin.left, down(tick), right, down(tick))),
  ]
  const labels = [
    text(margin.left, margin.top - 24, title, { weight: 'bold' }),
    text(margin.left + plot.width / 2, height - 16, xTitle, { anchor: 'middle' }),
    text(18, margin.top + plot.height / 2, yTitle, { anchor: 'middle', turned: true }),
    ...xAxis.ticks.map((tick) => text(across(tick), bottom + 20, showTick(tick), { anchor: 'middle' })),
    ...yAxis.ticks.map((tick) => text(margin.left - 8, down(tick) + 4, showTick(tick), { anchor: 'end' })),
  ]
  const lines = series.map(({ name, points: own }, place) => {
    const colour = colours[place % colours.length]
    const places = own.map(({ x, y }) => `${across(x).toFixed(1)},${down(y).toFixed(1)}`)
    const dots = places.map((at) => `<circle cx="${at.split(',')[0]}" cy="${at.split(',')[1]}" r="4"/>`)
    const legend = margin.top + 10 + place * lineHeight
    return [
      `<g stroke="${colour}" fill="${colour}">`,
      `<polyline points="${places.join(' ')}" fill="none" stroke-width="2"/>`,
      ...dots,
      `<line x1="${right + 20}" y1="${legend}" x2="${right + 40}" y2="${legend}" stroke-width="4"/>`,
      '</g>',
      text(right + 48, legend + 4, name),
    ].join('\n')
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ' font-family="sans-serif" font-size="13" fill="#222">',
    `<title>${escapeText(title)}</title>`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<g stroke="#ddd">\n${grid.join('\n')}\n</g>`,
    ...labels,
    ...lines,
    '</svg>\n',
  ].join('\n')
}
