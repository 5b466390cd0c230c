import { type ActivityReading, rememberedSeconds } from '@rtnl/tables'
import { count } from '../../output/count.ts'
import { duration } from '../../output/duration.ts'
import type { Look } from './look.ts'
import { bytesText, rateText } from './numbers.ts'
import type { Line } from './screen.ts'

/** A terminal that is narrower has no clock. */
const narrow = 36

/** Between a text and the bars. */
const gap = 2

/** What the whole program is about. */
export interface Session {
  /** Of the network namespace; `undefined` for that of the process. */
  readonly netns: string | undefined
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** The lines at the top, which every screen has. */
export function headerLines(
  reading: ActivityReading,
  session: Session,
  isPaused: boolean,
  columns: number,
  look: Look,
): Line[] {
  const { paint } = look
  const { at, changes, perSecond, series, causes, resyncs, sockets, mostPending } = reading
  const place = session.netns === undefined ? '' : `  netns ${session.netns}`
  const since = duration(Math.max(0, at - session.startedAt) / 1000)
  const paused = isPaused ? `  ${paint.changed('PAUSED')}` : ''
  const total = [...resyncs.values()].reduce((sum, number) => sum + number, 0)
  const reasons = [...resyncs].map(([reason, number]) => `${reason} ${count(number)}`).join(', ')
  const lost = (name: string, number: number): string => {
    const text = `${name} ${count(number)}`
    return number === 0 ? text : paint.removed(text)
  }
  const buffer = `buffer ${bytesText(sockets.pending)}/${bytesText(sockets.receiveBuffer)}`
  const rate = `${count(changes)} changes  ${rateText(perSecond)}/s`
  const bars = Math.max(1, Math.min(rememberedSeconds, columns - rate.length - gap))
  return [
    [{ text: `${paint.strong('rtnl top')}${place}  ${since}${paused}` }, ...(columns < narrow ? [] : [look.time(at)])],
    [{ text: rate }, { text: look.sparkline(series.slice(-bars)), width: bars }],
    [
      {
        text: `${lost('drops', sockets.drops)}  ${lost('overruns', sockets.overruns)}  ${buffer}  at most ${bytesText(mostPending)}`,
      },
    ],
    [
      {
        text: `resyncs ${count(total)}${reasons === '' ? '' : ` (${reasons})`}  inferred ${count(causes.inferred)}  after losses ${count(causes.resync)}`,
      },
    ],
  ]
}
