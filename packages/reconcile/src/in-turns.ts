import { TimeSlice } from '@rtnl/notifier'

/** Calls a function for each item, and lets the event loop run now and then: there may be very many. */
export async function inTurns<Item>(items: Iterable<Item>, each: (item: Item) => void): Promise<void> {
  const slice = new TimeSlice()
  for (const item of items) {
    each(item)
    if (slice.over()) await slice.next()
  }
}
