/** How the time of a line is written. */
export const timeForms = ['none', 'delta', 'clock', 'iso'] as const
export type TimeForm = (typeof timeForms)[number]

/** Writes the times of lines. */
export class LineTimes {
  readonly now: () => number
  readonly #form: TimeForm
  #last: number | undefined

  /** @param now the clock, in milliseconds since 1970 */
  constructor(form: TimeForm, now: () => number = Date.now) {
    this.#form = form
    this.now = now
  }

  /** Whether there are any. */
  get shown(): boolean {
    return this.#form !== 'none'
  }

  /**
   * The text before a line, with a space at its end where there is one.
   * @param now milliseconds since 1970
   */
  before(now: number): string {
    switch (this.#form) {
      case 'none':
        return ''
      case 'iso':
        return `${new Date(now).toISOString()} `
      case 'clock':
        return `${clock(new Date(now))} `
      case 'delta': {
        // The clock may be set back.
        const seconds = Math.max(0, now - (this.#last ?? now)) / 1000
        this.#last = now
        return `${`+${seconds.toFixed(3)}`.padStart(deltaWidth)} `
      }
    }
  }
}

/** As wide as `+9999.999`. */
const deltaWidth = 9

function clock(time: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two)
  return `${hours}:${minutes}:${seconds}.${String(time.getMilliseconds()).padStart(3, '0')}`
}
