/** `undefined` of none. */
export function smallest(numbers: Iterable<number>): number | undefined {
  let found: number | undefined
  for (const number of numbers) if (found === undefined || number < found) found = number
  return found
}

export function ascending(numbers: Iterable<number>): number[] {
  return [...numbers].sort((a, b) => a - b)
}
