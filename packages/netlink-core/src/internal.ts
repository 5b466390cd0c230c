export { aborted, onAbort, unlessAborted } from './abort.ts'
export { deferred } from './deferred.ts'
