import type { NexthopGroupMember } from './group.ts'

/** One way that packets may take: a single nexthop, or a member of a group. */
export interface ResolvedPath<Entry> {
  /** Id of the nexthop. */
  readonly id: number
  /** Share of the traffic in proportion to the other paths; 1 for a nexthop that is no group. */
  readonly weight: number
  /** The nexthop as it is now; `undefined` if the table holds the group and not, or not any more, the member. */
  readonly nexthop: Entry | undefined
}

/**
 * The paths of a nexthop, looked up as they are at this moment.
 * @returns `undefined` for an id that there is not
 */
export function resolvePaths<Entry extends { readonly group?: readonly NexthopGroupMember[] | undefined }>(
  id: number,
  get: (id: number) => Entry | undefined,
): ResolvedPath<Entry>[] | undefined {
  const entry = get(id)
  if (entry === undefined) return undefined
  if (entry.group === undefined) return [{ id, weight: 1, nexthop: entry }]
  return entry.group.map((member) => ({ ...member, nexthop: get(member.id) }))
}
