export * from './browser.ts'
export type { BucketOptions } from './desired/bucket.ts'
export { ChangedMeanwhileError, DesiredState, type DesiredStateOptions } from './desired/desired-state.ts'
export { type FleetSet, fits, type NodeSet, type SetVersion, targetOf } from './desired/fleet-set.ts'
export { NodeDesired, type NodeDesiredOptions } from './desired/node-desired.ts'
export {
  apply,
  type NodeOutcome,
  type RolloutOptions,
  type RolloutResult,
  remove,
  resume,
} from './desired/rollout.ts'
export type { OwnReport, ReportState, SetCounts, SetReport } from './desired/set-report.ts'
export { NodeNameTakenError } from './errors.ts'
export { fleetSubjects, nodeSubjects, streamName } from './names.ts'
export { type SecretFiles, secretsFrom } from './nats/secrets.ts'
export { type StreamOptions, setUpStream } from './nats/stream.ts'
export type { OtherLease } from './publisher/held-lease.ts'
export { Publisher, type PublisherOptions } from './publisher/publisher.ts'
export type { PublishableTable } from './publisher/table-log.ts'
