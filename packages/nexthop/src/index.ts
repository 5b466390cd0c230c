export * from './constants.ts'
export type { NexthopGroupMember } from './group.ts'
export { type Nexthop, nexthopMessage } from './message.ts'
export { NexthopTable, nexthopDefinition } from './table.ts'
