/**
 * Runs a test while the clock that pauses go by stands still: what is tried again meanwhile is so because something has
 * happened, and not because a pause is over.
 */
export async function withStoppedClock(test: () => Promise<void>): Promise<void> {
  const { now } = performance
  const stopped = now.call(performance)
  performance.now = () => stopped
  try {
    await test()
  } finally {
    performance.now = now
  }
}
