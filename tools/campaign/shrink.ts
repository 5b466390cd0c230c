/**
 * Returns a shorter sequence that still fails, as short as can be found before the time is over: parts are left out, then
 * smaller ones, down to single items (delta debugging, A. Zeller and R. Hildebrandt, 2002).
 * @param fails whether a sequence fails; called for sequences other than the given one
 * @param limit of `performance.now()`
 */
export async function shrink<Item>(
  items: readonly Item[],
  fails: (items: readonly Item[]) => Promise<boolean>,
  limit: number,
): Promise<readonly Item[]> {
  let best = items
  let parts = 2
  while (best.length > 1 && performance.now() < limit) {
    const shorter = await withoutOnePart(best, parts, fails, limit)
    if (shorter !== undefined) {
      best = shorter
      parts = Math.min(Math.max(parts - 1, 2), best.length)
    } else if (parts >= best.length) {
      break
    } else {
      parts = Math.min(parts * 2, best.length)
    }
  }
  return best
}

async function withoutOnePart<Item>(
  items: readonly Item[],
  parts: number,
  fails: (items: readonly Item[]) => Promise<boolean>,
  limit: number,
): Promise<readonly Item[] | undefined> {
  const size = Math.ceil(items.length / parts)
  for (let first = 0; first < items.length && performance.now() < limit; first += size) {
    const rest = [...items.slice(0, first), ...items.slice(first + size)]
    if (rest.length > 0 && (await fails(rest))) return rest
  }
  return undefined
}
