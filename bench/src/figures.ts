import type { Unit } from './jobs/job.ts'

const mebibyte = 1024 * 1024

/** A value for people. */
export function showFigure(value: number | undefined, unit: Unit): string {
  if (value === undefined || Number.isNaN(value)) return ''
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
      return `${(value / mebibyte).toFixed(1)} MiB`
    case 'count':
    case 'perRow':
      return Math.round(value).toLocaleString('en')
  }
}
