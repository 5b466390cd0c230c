export { checkIfindex, requireIfindex } from './check.ts'
export { addVrf, deleteLink } from './commands.ts'
export {
  BondAdInfoAttribute,
  BondAttribute,
  BondSlaveAttribute,
  BridgeAttribute,
  BridgePortAttribute,
  BridgePortState,
  LinkAttribute,
  LinkFlag,
  LinkInfoAttribute,
  LinkMessage,
  MacvlanAttribute,
  VlanAttribute,
  VlanFlag,
  VrfAttribute,
  VxlanAttribute,
} from './constants.ts'
export { type FollowInterfaceOptions, followInterface } from './follow-interface.ts'
export { InterfaceWatch, watchInterfaces } from './interface-watch.ts'
export { linkDependency, needOfCarrier, needOfInterface, needOfLink, needOfVlanTunnel } from './link-dependency.ts'
export { linkAffectsUsers } from './link-event.ts'
export { type Link, linkMessage } from './message.ts'
export { LinkTable, linkDefinition } from './table.ts'
