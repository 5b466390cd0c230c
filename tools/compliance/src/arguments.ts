/**
 * Whether a call cannot have the words as its arguments: each takes some of the stack. A process has less of it with
 * `node --stack-size=KIBIBYTES`.
 */
export function areTooManyArguments(words: readonly string[]): boolean {
  try {
    return ((...given: readonly string[]): boolean => given.length !== words.length)(...words)
  } catch {
    return true
  }
}
