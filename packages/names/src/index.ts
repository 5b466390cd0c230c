export { linkGroups, realms, routeScopes, routingProtocols, routingTables, typesOfService } from './configured.ts'
export {
  encapsulationTypes,
  extendedNeighborFlags,
  flagNames,
  ipProtocols,
  neighborFlags,
  neighborStates,
  nexthopFlags,
  routerPreferences,
  routeTypes,
  seg6LocalActions,
  seg6LocalFlavors,
} from './fixed.ts'
export { NumberNames } from './number-names.ts'
