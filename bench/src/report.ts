import Table from 'cli-table3'
import type { Absent } from './absent.ts'
import { showFigure } from './figures.ts'
import { compareWithGoals, type GoalResult, type Reached } from './goals.ts'
import type { Column, Job, JobResult, Row } from './jobs/job.ts'
import type { Machine } from './machine.ts'
import { mediansOf } from './medians.ts'

export interface Report extends JobResult {
  readonly job: Pick<Job, 'name' | 'title'>
}

/** Everything that a run of the benchmark came to. */
export interface Results {
  readonly machine: Machine
  readonly scale: number
  readonly reports: readonly Report[]
  readonly absent: readonly Absent[]
}

/** A table as text: of the heads, and of the cells of each row. */
export interface Cells {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Columns in which no row has a value are left out. */
export function cellsOf({ columns, rows }: JobResult): Cells {
  const medians = rows.map(mediansOf)
  const shown = columns.filter(({ name }) => medians.some((values) => values[name] !== undefined))
  return {
    head: ['contestant', 'entries', ...shown.map(({ title }) => title)],
    rows: rows.map(({ contestant }, place) => [
      contestant.name,
      showFigure(contestant.routes, 'count'),
      ...shown.map(({ name, unit }) => showFigure(medians[place]![name], unit)),
    ]),
  }
}

/** The goals: reached, or the figure. */
export function goalCells(results: readonly GoalResult[]): Cells {
  return {
    head: ['goal', 'at most / at least', 'came to', 'the goal beyond'],
    rows: results.map(({ title, measures }) => [
      title,
      measures.map(({ limit, unit }) => showFigure(limit, unit)).join(' / '),
      measures.map(showReached).join(' / '),
      measures.map(showBeyond).join(' / '),
    ]),
  }
}

function showReached({ figure, unit, isReached }: Reached): string {
  if (figure === undefined) return 'not measured'
  return isReached ? `reached (${showFigure(figure, unit)})` : showFigure(figure, unit)
}

function showBeyond({ beyond, unit, isBeyond }: Reached): string {
  if (beyond === undefined) return '-'
  return `${showFigure(beyond, unit)}${isBeyond ? ', reached' : ''}`
}

function show({ head, rows }: Cells): string {
  const table = new Table({
    head: [...head],
    colAligns: ['left', ...Array.from({ length: head.length - 1 }, () => 'right' as const)],
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) table.push([...row])
  return table.toString()
}

/** A table for people. */
export function toText(report: Report): string {
  return `\n${report.job.name}: ${report.job.title}\n${show(cellsOf(report))}`
}

/** What stands below all tables: the goals, and who is absent. */
export function toSummary({ reports, absent, scale }: Results): string {
  const goals = compareWithGoals(reports)
  const sized = scale === 1 ? '' : ` (which are meant for --scale 1, not ${scale})`
  return [
    ...(goals.length === 0 ? [] : [`\ngoals${sized}\n${show(goalCells(goals))}`]),
    ...(absent.length === 0 ? [] : ['\nnot there:', ...absent.map(({ name, reason }) => `  ${name}: ${reason}`)]),
  ].join('\n')
}

/** The medians of the columns of a row. */
function columnsOf(row: Row, columns: readonly Column[]): Record<string, number> {
  const medians = mediansOf(row)
  return Object.fromEntries(
    columns.flatMap(({ name }) => (medians[name] === undefined ? [] : [[name, medians[name]] as const])),
  )
}

/** All there is, for programs. */
export function toJson({ machine, scale, reports, absent }: Results): string {
  return JSON.stringify({
    ...machine,
    scale,
    jobs: reports.map(({ job, columns, rows }) => ({
      name: job.name,
      title: job.title,
      rows: rows.map((row) => ({
        contestant: row.contestant.name,
        routes: row.contestant.routes,
        medians: columnsOf(row, columns),
        samples: row.samples,
      })),
    })),
    goals: compareWithGoals(reports),
    absent,
  })
}
