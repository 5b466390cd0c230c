export {
  Listener,
  type ListenerDefinition,
  type ListenerEvent,
  type ListenerStatus,
} from './listener.ts'
export { Notifier } from './notifier.ts'
export type { LossReason, MessageSink } from './sink.ts'
