import { Dice } from '@rtnl/compliance'

/**
 * Chooses items by a seed. The same seed chooses the same of the same items.
 * @returns `count` items in their order, or all if there are no more
 */
export function sample<Item>(items: readonly Item[], count: number, seed: number): Item[] {
  if (items.length <= count) return [...items]
  const dice = new Dice(seed)
  const left = items.map((_, place) => place)
  const chosen: number[] = []
  while (chosen.length < count) chosen.push(...left.splice(dice.below(left.length), 1))
  return chosen.sort((one, other) => one - other).map((place) => items[place]!)
}
