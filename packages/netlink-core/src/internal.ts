export { aborted, onAbort, pause, unlessAborted } from './abort.ts'
export { deferred } from './deferred.ts'
