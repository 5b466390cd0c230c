import type { Route } from '@rtnl/route'

/** The pair of links that routes lead over, and the addresses at its other end. */
export const device = 'v0'
export const firstGateway = '198.18.1.0'
export const gateways = 64

/** Consecutive prefixes 10.0.0.0/32, 10.0.0.1/32, ... in one table: those that the writer in C makes. */
export interface RouteSet {
  readonly netns: string
  /** The interface that the routes go out of. */
  readonly ifindex: number
  readonly count: number
  readonly table: number
  readonly protocol: number
}

const bytesOf = (number: number): string => [16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.')

/** @param turned how many gateways further on it leads than the writer in C has it */
export function routeOf({ ifindex, table, protocol }: RouteSet, number: number, turned = 0): Partial<Route> {
  return { dst: `10.${bytesOf(number)}/32`, gateway: gatewayOf(number + turned), oif: ifindex, table, protocol }
}

/** Returns all routes of the set. With `turnedEvery` every route with a multiple of that number has another gateway. */
export function routesOf(set: RouteSet, turnedEvery?: number): Partial<Route>[] {
  const turned = (number: number): number => (turnedEvery !== undefined && number % turnedEvery === 0 ? 1 : 0)
  return Array.from({ length: set.count }, (_, number) => routeOf(set, number, turned(number)))
}

/** As a line for `ip -batch`. */
export function commandOf(set: RouteSet, number: number, action: 'add' | 'delete'): string {
  const hop = `via ${gatewayOf(number)} dev ${device}`
  return `route ${action} 10.${bytesOf(number)}/32 ${hop} table ${set.table} protocol ${set.protocol}\n`
}

function gatewayOf(number: number): string {
  return firstGateway.replace(/\d+$/, String(number % gateways))
}

/**
 * Every number below `count` once, in the order in which the writer in C deletes: the kernel is slow to delete in
 * ascending order.
 */
export function* scattered(count: number): Generator<number, void, undefined> {
  let stride = Math.floor(count * 0.6180339887) | 1
  while (commonDivisor(stride, count) !== 1) stride++
  for (let turn = 0; turn < count; turn++) yield (turn * stride) % count
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}
