// runtimes: node
import { existsSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Chart, drawChart } from '../src/document/chart.ts'
import { replaceSection, toMarkdown } from '../src/document/markdown.ts'
import { jobs } from '../src/jobs/registry.ts'

const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')

const charts = suite('charts')

const chart: Chart = {
  title: 'Time & <work>',
  xTitle: 'routes',
  yTitle: 'us',
  series: [
    { name: 'table', points: [1e4, 1e5, 1e6].map((x) => ({ x, y: 2 })) },
    {
      name: 'array',
      points: [
        { x: 1e4, y: 1 },
        { x: 1e6, y: 10 },
      ],
    },
  ],
}

/** The places of the points of each line. */
const placesIn = (svg: string): number[][][] =>
  [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, points = '']) =>
    points.split(' ').map((point) => point.split(',').map(Number)),
  )

charts('points are where logarithmic axes have them', () => {
  const svg = drawChart(chart)
  const [table = [], array = []] = placesIn(svg)
  assert.is(table.length, 3)
  assert.is(array.length, 2)
  // 100 k is in the middle of 10 k and 1 M.
  assert.is(table[1]![0], (table[0]![0]! + table[2]![0]!) / 2)
  assert.ok(table.every(([, y]) => y === table[0]![1]))
  // What is more stands higher.
  assert.ok(array[0]![1]! > table[0]![1]! && table[0]![1]! > array[1]![1]!)
  for (const tick of ['10 k', '100 k', '1 M']) assert.ok(svg.includes(`>${tick}</text>`), tick)
})

charts('texts are escaped, and every element ends', () => {
  const svg = drawChart(chart)
  assert.ok(svg.includes('Time &amp; &lt;work&gt;'))
  const opened = [...svg.matchAll(/<(\w+)(?:\s[^>]*)?(?<!\/)>/g)].map(([, name]) => name).sort()
  const closed = [...svg.matchAll(/<\/(\w+)>/g)].map(([, name]) => name).sort()
  assert.equal(opened, closed)
})

charts('one without points, or with a point that has no logarithm, is refused', () => {
  assert.throws(() => drawChart({ ...chart, series: [] }), /"Time & <work>" has no points/)
  const series = [{ name: 'a', points: [{ x: 1, y: 0 }] }]
  assert.throws(() => drawChart({ ...chart, series }), /has a point at 0 or below/)
})

charts.run()

const documents = suite('document')

documents('a table of Markdown', () => {
  const table = toMarkdown({
    head: ['a', 'b'],
    rows: [
      ['x', '1'],
      ['y', ''],
    ],
  })
  assert.is(table, '| a | b |\n| --- | ---: |\n| x | 1 |\n| y |  |')
})

documents('a section is replaced, again and again, and nothing else', () => {
  const text = 'one\n<!-- bench: a -->\nold\n<!-- bench: end -->\ntwo\n<!-- bench: b -->\n<!-- bench: end -->\n'
  const expected = text.replace('old\n', '\nnew $1\n\n')
  assert.is(replaceSection(text, 'a', 'new $1'), expected)
  assert.is(replaceSection(expected, 'a', 'new $1'), expected)
  assert.throws(() => replaceSection(text, 'c', ''), /has 0 places "<!-- bench: c -->", not one/)
})

documents('every job has a place in the documentation, and every chart there is a file', () => {
  for (const name of [...jobs.map((job) => job.name), 'goals', 'machine']) replaceSection(page, name, '')
  const files = [...page.matchAll(/\]\((performance\/[^)]*\.svg)\)/g)].map(([, file]) => file)
  assert.is(files.length, 3)
  for (const file of files) assert.ok(existsSync(new URL(`../../docs/${file}`, import.meta.url)), file)
})

documents.run()
