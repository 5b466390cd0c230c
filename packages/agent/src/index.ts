export { Agent } from './agent.ts'
export type { AgentStatus } from './agent-status.ts'
export {
  type AgentConfig,
  defaultConfigFile,
  type ListenAddress,
  type NamespaceConfig,
  parseConfig,
  readConfig,
} from './config/config.ts'
export { ConfigError } from './config/config-error.ts'
export type { NatsConfig } from './config/nats-config.ts'
export { checkDesired, type DesiredFolder, type FileError } from './desired/desired-folder.ts'
export { type DesiredSet, parseDesired } from './desired/desired-set.ts'
export type { SetStatus } from './desired/set-status.ts'
export type { FleetStatus } from './fleet/fleet-publishing.ts'
export { notifySystemd, watchdogInterval } from './systemd.ts'
