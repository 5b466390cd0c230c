export { compliance } from './compliance.ts'
export { Follower } from './follow.ts'
export type { Subject } from './subject.ts'
export { ifindex, json, run, runBatch } from './tools.ts'
