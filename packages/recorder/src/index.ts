export type { Problem } from './pcapng/decode.ts'
export {
  type FileOptions,
  Recorder,
  type RecorderOptions,
  type RecorderStats,
  type RingOptions,
} from './recorder/recorder.ts'
export { type LoadedRecording, openRecording, type RecordedEvent, type Recording, readRecording } from './recording.ts'
export { Remark, type RemarkWord } from './remarks.ts'
export { connectionsOf, type PlayOptions, Replay } from './replay/replay.ts'
export type { SocketName } from './socket-name.ts'
