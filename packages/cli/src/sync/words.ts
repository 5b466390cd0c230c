/** A number for people. */
export function count(number: number): string {
  return number.toLocaleString('en')
}

/** So many entries of a table, for people: `1 route`, `2,000 routes`. */
export function countOf(number: number, table: string): string {
  return `${count(number)} ${number === 1 ? nouns[table]?.[0] : nouns[table]?.[1]}`
}

const nouns: Readonly<Record<string, readonly [one: string, many: string]>> = {
  route: ['route', 'routes'],
  nexthop: ['nexthop', 'nexthops'],
  neighbor: ['neighbour', 'neighbours'],
  fdb: ['forwarding entry', 'forwarding entries'],
}
