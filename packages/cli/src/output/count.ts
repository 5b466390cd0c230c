/** A number for people. */
export function count(number: number): string {
  return number.toLocaleString('en')
}

/** So many entries of a table, for people: `1 route`, `2,000 routes`. */
export function countOf(number: number, [one, many]: readonly [one: string, many: string]): string {
  return `${count(number)} ${number === 1 ? one : many}`
}

/** `one`, `one or two`, `one, two or three`. */
export function listOf(words: readonly string[], conjunction: 'and' | 'or'): string {
  const [last = ''] = words.slice(-1)
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`
}
