import type { Content, Item } from '../subject.ts'
import { type Told, textOf, told } from '../tools.ts'

export const ownership = { table: 100, protocol: 84 }

const fields = ['type', 'dst', 'metric', 'gateway', 'dev', 'metrics', 'nhid', 'hops']

/** The routes of the table, with the hops of one by a nexthop object left out, which are the object's. */
export function routeContent(netns: string, family: 4 | 6): Content {
  const ours: { place: string; told: string }[] = []
  const others: string[] = []
  for (const route of told(netns, `ip -${family} route show table all`)) {
    if (route.table !== '100' || route.protocol !== '84') others.push(JSON.stringify(route))
    else ours.push({ place: placeOf(route), told: routeText(route) })
  }
  return { ours, others }
}

function placeOf({ dst, metric = 0 }: Told): string {
  return `${dst} ${metric}`
}

function routeText({ nexthops = [], ...route }: Told): string {
  const hops = (nexthops as readonly Told[]).map(({ gateway, weight }) => [gateway, weight])
  if (route.nhid !== undefined) return textOf({ ...route, gateway: undefined, dev: undefined }, fields)
  return textOf(hops.length === 0 ? route : { ...route, hops }, fields)
}

/** @param shown as the tool tells of it; hops as pairs of gateway and weight */
export function routeItem(wanted: object, shown: Told, more: Partial<Item> = {}): Item {
  return { wanted, place: placeOf(shown), told: textOf(shown, fields), ...more }
}
