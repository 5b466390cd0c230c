/**
 * Counts the turns of the event loop during some work. A clock that goes on by a millisecond with each look at it stands
 * in for the real one, so that it does not matter how fast this machine is.
 * @param each is called in each of them
 */
export async function turnsOf(work: () => Promise<unknown>, each: () => void = () => {}): Promise<number> {
  let turns = 0
  const counting = (): void => {
    turns++
    each()
    turn = setImmediate(counting)
  }
  let turn = setImmediate(counting)
  const real = performance.now
  let time = real.call(performance)
  performance.now = () => (time += 1)
  try {
    await work()
  } finally {
    performance.now = real
    clearImmediate(turn)
  }
  return turns
}
