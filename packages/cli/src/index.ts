export type { OutputStream, Streams } from './output/standard-output.ts'
export { main, run } from './run.ts'
