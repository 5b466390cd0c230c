import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { Activity } from '../src/api.ts'
import { clock, rate } from './words.tsx'

/** How many tables have a line: those that change most. */
const most = 5
const height = 200

/** How often tables changed in each of the last seconds. */
export function RateChart({ activity }: { readonly activity: Activity }): JSX.Element {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | undefined>(undefined)
  const chosen = useRef<readonly string[]>([])
  // The lines that are drawn stay while those tables are among the ones that change most, so that colours keep their meaning.
  const busiest = activity.tables
    .filter(({ series }) => sum(series) > 0)
    .sort((one, other) => sum(other.series) - sum(one.series))
    .slice(0, most)
  const names = busiest.map(({ name }) => name).sort()
  const data = dataOf(activity, names)

  useEffect(() => {
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const draw = (): void => {
      const element = place.current
      if (element === null) return
      chart.current?.destroy()
      chart.current = new uPlot(optionsOf(chosen.current, element), dataOf(activity, chosen.current), element)
    }
    const resized = new ResizeObserver(([entry]) => {
      if (entry !== undefined) chart.current?.setSize({ width: entry.contentRect.width, height })
    })
    if (place.current !== null) resized.observe(place.current)
    scheme.addEventListener('change', draw)
    return () => {
      scheme.removeEventListener('change', draw)
      resized.disconnect()
      chart.current?.destroy()
      chart.current = undefined
    }
  }, [])

  useEffect(() => {
    const element = place.current
    if (element === null) return
    if (chart.current !== undefined && chosen.current.join() === names.join()) chart.current.setData(data)
    else {
      chosen.current = names
      chart.current?.destroy()
      chart.current = new uPlot(optionsOf(names, element), data, element)
    }
  })

  const about = busiest.map(({ name, perSecond }) => `${name} ${rate(perSecond)}`).join(', ')
  return <div ref={place} class="chart" role="img" aria-label={`Changes a second in the last minute; now ${about}`} />
}

function dataOf({ at, series, tables }: Activity, names: readonly string[]): uPlot.AlignedData {
  const last = Math.floor(at / 1000)
  // The last second is not over: it would always seem to fall.
  const seconds = series.slice(0, -1).map((_, place) => last - series.length + 1 + place)
  const all = names.map((name) => tables.find((table) => table.name === name)?.series.slice(0, -1) ?? [])
  return [seconds, series.slice(0, -1), ...all.map((one) => [...one])] as uPlot.AlignedData
}

function optionsOf(names: readonly string[], element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element)
  const color = (name: string): string => style.getPropertyValue(`--${name}`)
  const lines = { stroke: color('line'), width: 1 }
  const axis = { stroke: color('text-faint'), grid: lines, ticks: lines }
  const line = { width: 1.5, points: { show: false } }
  return {
    width: element.clientWidth,
    height,
    cursor: { y: false },
    legend: { live: false },
    scales: { y: { range: (_chart, _least, highest) => [0, Math.max(1, highest * 1.1)] } },
    axes: [
      { ...axis, values: (_chart, seconds) => seconds.map((second) => clock(second * 1000)) },
      { ...axis, size: 56 },
    ],
    series: [
      { value: (_chart, second) => (second === null ? '' : clock(second * 1000)) },
      { ...line, label: 'all', stroke: color('text'), fill: color('fill') },
      ...names.map((label, place) => ({ ...line, label, stroke: color(`chart-${place}`) })),
    ],
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
