/** An error as one line for people: what went wrong, why, and, where it is known, what to do. */
export function errorLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return `rtnl: ${message.trim().replaceAll(/\s*\n\s*/g, ' ')}`
}
