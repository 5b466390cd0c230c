/** A request that the kernel refuses: its error number, and the words that it adds. */
export class Refusal extends Error {
  readonly errno: number
  /** What the kernel says beside the number; empty where it says nothing. */
  readonly text: string

  constructor(errno: number, text = '') {
    super(text)
    this.errno = errno
    this.text = text
  }
}

/**
 * A request that the real kernel may well carry out, and the fake one does not know. The program under test got
 * `EOPNOTSUPP` for it, and its author is told.
 */
export class UnsupportedRequestError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name = 'UnsupportedRequestError'

  /** @param what names the message, the field and its value */
  constructor(what: string) {
    super(`the fake kernel does not know ${what}`)
  }
}

/** @throws {UnsupportedRequestError} always */
export function unsupported(what: string): never {
  throw new UnsupportedRequestError(what)
}

/** Does what the kernel does by itself: nobody is told if it refuses. */
export function quietly(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}
