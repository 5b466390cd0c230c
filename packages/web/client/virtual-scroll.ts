/** The height of a row, as the style sheet has it. */
export const rowHeight = 28

/** The most that a browser draws is less than twice this: more rows are scrolled through faster than they are high. */
const mostHeight = 8_000_000

/** What is to be known of what is scrolled. */
export interface Scrolled {
  readonly rows: number
  /** Of the part that is seen. */
  readonly height: number
}

/** How high the scrolled element has to be. */
export function scrollHeight({ rows }: Scrolled): number {
  return Math.min(rows * rowHeight, mostHeight)
}

/** How far the rows can be scrolled, in their own height. */
export function furthest({ rows, height }: Scrolled): number {
  return Math.max(0, rows * rowHeight - height)
}

/** Where the scrolled element has to be for a place in the rows. */
export function elementTop(top: number, scrolled: Scrolled): number {
  const most = furthest(scrolled)
  return most === 0 ? 0 : (top / most) * Math.max(0, scrollHeight(scrolled) - scrolled.height)
}

/**
 * Where in the rows one is after the element has been scrolled. A wheel moves by as much as it says; what moves the element
 * further leads to that part of the rows.
 * @param top where in the rows one was
 * @param before where the element was
 * @param after where it is
 */
export function scrolledTop(top: number, before: number, after: number, scrolled: Scrolled): number {
  const range = Math.max(0, scrollHeight(scrolled) - scrolled.height)
  const most = furthest(scrolled)
  if (after <= 0) return 0
  if (after >= range - 1) return most
  const moved = after - before
  if (Math.abs(moved) > scrolled.height * 1.5) return (after / range) * most
  return Math.min(most, Math.max(0, top + moved))
}
