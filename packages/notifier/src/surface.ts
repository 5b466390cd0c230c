/**
 * Lets an error of somebody else's function surface as an uncaught exception, as if the event loop had called that
 * function. What is under way goes on: others get what they should.
 */
export function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
