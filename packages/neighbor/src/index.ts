export * from './constants.ts'
export { type Neighbor, neighborMessage } from './message.ts'
