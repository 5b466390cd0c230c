export * from './constants.ts'
export type { Hop } from './hop.ts'
export { type Route, routeMessage } from './message.ts'
export type { RouteMetrics } from './metrics.ts'
