/**
 * Lets an error of somebody else's function surface as an uncaught exception, as if the event loop had called that
 * function: whoever called it goes on.
 */
export function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
