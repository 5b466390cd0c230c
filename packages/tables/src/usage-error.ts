/** The command line asks for what there is not: exit code 2. */
export class UsageError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'UsageError'
}
