/**
 * Lets an error of a function that a user gave surface as an uncaught exception, as if the event loop had called the
 * function. The caller goes on.
 */
export function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
