/** What an entry refers to. */
export interface References {
  /** Indices of interfaces. */
  readonly interfaces?: readonly (number | undefined)[]
  /** Names of interfaces. */
  readonly interfaceNames?: readonly (string | undefined)[]
  /** Ids of nexthop objects. */
  readonly nexthops?: readonly (number | undefined)[]
}

/** What entries of other tables may refer to. */
export interface Identity {
  /** Index of the interface that it is. */
  readonly ifindex?: number | undefined
  /** Name of the interface that it is. */
  readonly ifname?: string | undefined
  /** Id of the nexthop object that it is. */
  readonly nexthop?: number | undefined
}

/** What knows of the entries of a table to what they refer. */
export interface Referring {
  /** What an entry refers to. */
  references(entry: unknown): References
  /** What others refer to where they mean an entry. */
  identity?(entry: unknown): Identity
}

/** The interfaces that an entry is of, each once. */
export function interfacesOf(module: Referring, entry: unknown): Iterable<number> {
  const own = module.identity?.(entry).ifindex
  if (own !== undefined) return [own]
  const indices = module.references(entry).interfaces?.filter((ifindex) => ifindex !== undefined && ifindex !== 0) ?? []
  return indices.length < 2 ? (indices as number[]) : new Set(indices as number[])
}

/** Whether an entry refers to another one. */
export function refersTo(module: Referring, entry: unknown, { ifindex, ifname, nexthop }: Identity): boolean {
  const { interfaces, interfaceNames, nexthops } = module.references(entry)
  return (
    (ifindex !== undefined && interfaces?.includes(ifindex) === true) ||
    (ifname !== undefined && interfaceNames?.includes(ifname) === true) ||
    (nexthop !== undefined && nexthops?.includes(nexthop) === true)
  )
}
