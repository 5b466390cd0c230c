// One line a table.
export { fdbModule } from './fdb.ts'
export { linkModule } from './link.ts'
export { mdbModule } from './mdb.ts'
export { neighborModule } from './neighbor.ts'
export { nexthopModule } from './nexthop.ts'
export { routeModule } from './route.ts'
export { ruleModule } from './rule.ts'
export { vniModule } from './vni.ts'
