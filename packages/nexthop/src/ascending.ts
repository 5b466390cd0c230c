/** Numbers from the smallest to the largest. */
export function ascending(numbers: Iterable<number>): number[] {
  return [...numbers].sort((left, right) => left - right)
}
