import { showFigure } from '../figures.ts'

/** A figure for people, by what its name says that it is. */
export function showFleetFigure(name: string, value: number): string {
  if (name.startsWith('CPU')) return `${(value * 100).toFixed(0)} %`
  if (name.startsWith('change to reader')) return showFigure(value, 'milliseconds')
  if (/^bytes a |bytes a /.test(name)) return `${value.toFixed(1)} B`
  if (name.startsWith('memory') || name.includes('bytes')) return showFigure(value, 'bytes')
  if (name.startsWith('changes')) return showFigure(value, 'count')
  return showFigure(value, 'seconds')
}
