import type { BenchNamespace, DrainedTable } from './bench-namespace.ts'
import { device } from './route-set.ts'
import type { TableName } from './table-name.ts'

/** What the drain in C reads of each table. */
export const drained: Readonly<Record<TableName, DrainedTable>> = {
  routes: 'inet',
  nexthops: 'nexthop',
  neighbours: 'neigh',
  'forwarding entries': 'fdb',
}

/** Gateways are 198.18.1.0 and the following, as those of routes are. */
const gatewayOf = (number: number): string => `198.18.1.${number % 64}`
const hexadecimal = (number: number): string =>
  number
    .toString(16)
    .padStart(6, '0')
    .replace(/..(?=.)/g, '$&:')

/** Permanent neighbours, of which the kernel takes any number. */
export async function fillNeighbors(namespace: BenchNamespace, count: number): Promise<void> {
  function* commands(): Generator<string, void, undefined> {
    for (let number = 0; number < count; number++) {
      const dst = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`
      yield `neigh add ${dst} lladdr 02:00:00:${hexadecimal(number)} dev ${device} nud permanent`
    }
  }
  await namespace.batch('ip', commands())
}

/** Entries of a vxlan, each with an address of its own. */
export async function fillForwarding(namespace: BenchNamespace, count: number): Promise<void> {
  await namespace.batch('ip', ['link add vx0 type vxlan id 42 dstport 4789 nolearning', 'link set vx0 up'])
  function* commands(): Generator<string, void, undefined> {
    for (let number = 0; number < count; number++) {
      yield `fdb add 02:00:00:${hexadecimal(number)} dev vx0 dst ${gatewayOf(number)}`
    }
  }
  await namespace.batch('bridge', commands())
}
