import { printable } from './printable.ts'

/** Of an error that carries a value of the user, which may be as long as a file. */
const longest = 1000
const headLength = 700
const tailLength = 200

/**
 * An error as one line for people: what went wrong, why, and, where it is known, what to do. A very long one is cut in
 * the middle: what is wrong with a value stands behind it.
 */
export function errorLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return `rtnl: ${printable(shortened(message.trim().replaceAll(/\s*\n\s*/g, ' ')))}`
}

/** A text without its middle, where it is very long. */
export function shortened(text: string): string {
  if (text.length <= longest) return text
  const left = text.length - headLength - tailLength
  return `${text.slice(0, headLength)} ... (${left} characters) ... ${text.slice(-tailLength)}`
}
