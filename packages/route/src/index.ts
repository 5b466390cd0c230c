export { dumpRoutes, type RouteDumpFilter } from './commands.ts'
export * from './constants.ts'
export { defineRoutes, type RoutePart, routeDefinition } from './definition.ts'
export type { AdvertisedRoute } from './exchange/advertised.ts'
export type { ExchangeDatapath, ExchangedRoute, ExchangePort } from './exchange/datapath.ts'
export { advertisedProtocol, formatLearnedRoute, formatRoute } from './exchange/ovn.ts'
export {
  type ExchangedTable,
  type ExchangeRun,
  RouteExchange,
  type RouteExchangeOptions,
} from './exchange/route-exchange.ts'
export { type SyncRoutesOptions, syncRoutes } from './exchange/sync-routes.ts'
export type { Hop } from './hop.ts'
export { type LearnedContext, type LearnedRoute, learnedRoutes } from './learned.ts'
export { type RouteListening, routeListener } from './listener.ts'
export { lookupRoute, type RouteChoice, type RouteLookup } from './lookup.ts'
export { type Route, routeMessage } from './message.ts'
export type { RouteMetrics } from './metrics.ts'
export { type AdditiveRouteOwnership, normalizeRoute, type RouteOwnership } from './reconcile/normalize.ts'
export { routeOwner } from './reconcile/rules.ts'
export { type RouteFilter, type RouteKey, RouteTable } from './table.ts'
