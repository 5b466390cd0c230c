import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { folder } from '../folder.ts'
import { compareWithGoals } from '../goals.ts'
import type { Machine } from '../machine.ts'
import { mediansOf } from '../medians.ts'
import { cellsOf, goalCells, type Report, type Results } from '../report.ts'
import { type Chart, drawChart } from './chart.ts'
import { replaceSection, toMarkdown } from './markdown.ts'

const documents = new URL('../docs/', folder)
const page = new URL('performance.md', documents)
const charts = new URL('performance/', documents)

interface ChartOfJob extends Omit<Chart, 'series'> {
  readonly job: string
  readonly file: string
  /** What of each row is shown, and what it is multiplied by. */
  readonly value: string
  readonly factor: number
}

/** What costs an entry, or a change, by the number of entries. */
const drawn: readonly ChartOfJob[] = [
  {
    job: 'size',
    file: 'time.svg',
    title: 'Time to read a route',
    xTitle: 'routes in the table',
    yTitle: 'microseconds a route',
    value: 'secondsPerRow',
    factor: 1e6,
  },
  {
    job: 'size',
    file: 'memory.svg',
    title: 'Memory held for a route',
    xTitle: 'routes in the table',
    yTitle: 'bytes a route',
    value: 'heldPerRow',
    factor: 1,
  },
  {
    job: 'apply-change',
    file: 'change.svg',
    title: 'Work for a change',
    xTitle: 'routes in the table',
    yTitle: 'microseconds of CPU a change',
    value: 'processorPerChange',
    factor: 1e6,
  },
]

/**
 * Looks whether the documentation has a place for each of these jobs, before they run.
 * @throws {Error} it has none for one of them
 */
export async function checkDocument(names: readonly string[]): Promise<void> {
  const text = await readFile(page, 'utf8')
  for (const name of [...names, 'goals', 'machine']) replaceSection(text, name, '')
}

/** Writes the tables of the jobs that ran, and their charts, into the documentation. */
export async function writeDocument(results: Results): Promise<void> {
  const { reports, machine } = results
  let text = await readFile(page, 'utf8')
  for (const report of reports) {
    text = replaceSection(text, report.job.name, `${toMarkdown(cellsOf(report))}\n\n${source(results)}`)
  }
  const goals = compareWithGoals(reports)
  if (goals.length > 0) {
    const undecided = results.scale === 1 ? '' : ' The goals are meant for the full numbers: this decides none of them.'
    text = replaceSection(text, 'goals', `${toMarkdown(goalCells(goals))}\n\n${source(results)}${undecided}`)
  }
  text = replaceSection(text, 'machine', describe(machine))
  await writeFile(page, text)
  await mkdir(charts, { recursive: true })
  for (const chart of drawn) {
    const report = reports.find(({ job }) => job.name === chart.job)
    if (report !== undefined)
      await writeFile(new URL(chart.file, charts), drawChart({ ...chart, series: linesOf(report, chart) }))
  }
}

function source({ machine, scale, absent }: Results): string {
  const sizes = scale === 1 ? '' : `, every number of entries times ${scale}`
  const missing = absent.length === 0 ? '' : ` Not there: ${absent.map(({ name }) => name).join(', ')}.`
  const commit = machine.commit ?? 'an unknown commit'
  return `Measured on ${machine.date} at ${commit}, at a load of ${machine.load.toFixed(1)}${sizes}.${missing}`
}

function describe({ node, kernel, processor, processors, memoryBytes }: Machine): string {
  const gigabytes = Math.round(memoryBytes / 1024 ** 3)
  return `Linux ${kernel}, Node.js ${node}, ${processors} processors (${processor}), ${gigabytes} GiB of memory.`
}

/** One line for each contestant. */
function linesOf({ rows }: Report, { value, factor }: ChartOfJob): Chart['series'] {
  const points = new Map<string, { x: number; y: number }[]>()
  for (const row of rows) {
    const { name, routes } = row.contestant
    const figure = mediansOf(row)[value]
    // A logarithmic axis has no place for what is lost in the noise.
    if (figure === undefined || figure <= 0) continue
    const own = points.get(name) ?? []
    points.set(name, own)
    own.push({ x: routes, y: figure * factor })
  }
  return [...points].map(([name, own]) => ({ name, points: own }))
}
