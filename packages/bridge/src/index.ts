export * from './vni/constants.ts'
export { defineVnis, type VniPart, VniTable, vniDefinition } from './vni/definition.ts'
export type { Vni } from './vni/message.ts'
export { type VniOwnership, type VniRange, vniEntries, vniOwner } from './vni/rules.ts'
