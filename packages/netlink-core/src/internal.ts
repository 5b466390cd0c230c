export { deferred } from './deferred.ts'
