export { dumpBuckets, type NexthopBucket, nexthopBucketMessage } from './bucket.ts'
export type { NexthopEntry } from './check.ts'
export {
  addNexthop,
  deleteNexthop,
  dumpNexthops,
  flushNexthops,
  getNexthop,
  replaceNexthop,
} from './commands.ts'
export * from './constants.ts'
export { type FdbGateway, type FdbGroup, type FdbNexthop, fdbNexthop, fdbNexthops } from './fdb.ts'
export { type FdbNotification, nexthopListener } from './fdb-listener.ts'
export { FdbNexthopTable, syncNexthops } from './fdb-table.ts'
export type { NexthopGroupMember } from './group.ts'
export { type Nexthop, nexthopMessage } from './message.ts'
export { formatNexthop } from './ovn.ts'
export { encapsulationField, interfaceOfEncapsulation } from './reconcile/encapsulation.ts'
export { gatewayDependency, needOfGateway, needOfSource } from './reconcile/gateway-dependency.ts'
export { needOfNexthop, nexthopDependency } from './reconcile/nexthop-dependency.ts'
export { type AdditiveNexthopOwnership, type NexthopOwnership, normalizeNexthop } from './reconcile/normalize.ts'
export { nexthopOwner } from './reconcile/rules.ts'
export type { ResolvedPath } from './resolve.ts'
export { NexthopTable, nexthopDefinition } from './table.ts'
