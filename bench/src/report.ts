import { availableParallelism, release } from 'node:os'
import Table from 'cli-table3'
import type { Column, Job, JobResult, Row, Unit } from './jobs/job.ts'
import { median } from './median.ts'

export interface Report extends JobResult {
  readonly job: Job
}

const megabyte = 1024 * 1024

function show(value: number | undefined, unit: Unit): string {
  if (value === undefined) return ''
  switch (unit) {
    case 'seconds':
      return `${value.toFixed(3)} s`
    case 'milliseconds':
      return `${(value * 1e3).toFixed(1)} ms`
    case 'microseconds':
      return `${(value * 1e6).toFixed(2)} us`
    case 'ratio':
      return `${value.toFixed(2)} x`
    case 'percent':
      return `${(value * 100).toFixed(0)} %`
    case 'bytes':
      return `${(value / megabyte).toFixed(1)} MiB`
    case 'count':
    case 'perRow':
      return Math.round(value).toLocaleString('en')
  }
}

/** The medians of a row, by the names of the columns. */
function mediansOf({ samples }: Row, columns: readonly Column[]): Record<string, number> {
  const medians: Record<string, number> = {}
  for (const { name } of columns) {
    const values = samples.flatMap((sample) => sample[name] ?? [])
    if (values.length > 0) medians[name] = median(values)
  }
  return medians
}

/** A table for people. */
export function toText({ job, columns, rows }: Report): string {
  const table = new Table({
    head: ['contestant', 'routes', ...columns.map(({ title }) => title)],
    colAligns: ['left', ...Array.from({ length: columns.length + 1 }, () => 'right' as const)],
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) {
    const medians = mediansOf(row, columns)
    table.push([
      row.contestant.name,
      show(row.contestant.routes, 'count'),
      ...columns.map(({ name, unit }) => show(medians[name], unit)),
    ])
  }
  return `\n${job.name}: ${job.title}\n${table}`
}

/** All there is, for programs. */
export function toJson(reports: readonly Report[], options: { runs: number; scale: number }): string {
  const machine = { node: process.version, kernel: release(), processors: availableParallelism() }
  return JSON.stringify({
    ...machine,
    ...options,
    jobs: reports.map(({ job, columns, rows }) => ({
      name: job.name,
      title: job.title,
      rows: rows.map((row) => ({
        contestant: row.contestant.name,
        routes: row.contestant.routes,
        medians: mediansOf(row, columns),
        samples: row.samples,
      })),
    })),
  })
}
