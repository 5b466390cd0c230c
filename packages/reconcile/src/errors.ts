import type { Need } from './waiting/dependency.ts'

/** The kernel accepted an entry and shows something else, or nothing. */
export class UnmetError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'UnmetError'
  /** What programs tell it by. */
  readonly code = 'ERR_RTNL_UNMET'

  /** @param entry for people: `route 10.0.0.0/8` */
  constructor(entry: string) {
    super(`${entry}: the kernel took it and does not show it as wanted`)
  }
}

/** An entry was written more than once, and each time somebody changed or removed it at once. */
export class UndoneError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'UndoneError'
  /** What programs tell it by. */
  readonly code = 'ERR_RTNL_UNDONE'

  /**
   * @param entry for people: `route 10.0.0.0/8`
   * @param opponent who did it: `the kernel`, `ip (process 1234)`
   */
  constructor(entry: string, opponent: string) {
    super(`${entry}: it was written, and ${opponent} changed or removed it at once`)
  }
}

/** The kernel does not hold an entry, or only a part of it, since something that the entry needs is missing. */
export class WaitingError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'WaitingError'
  /** What programs tell it by. */
  readonly code = 'ERR_RTNL_WAITING'
  /** What is missing: `up 5`. */
  readonly need: Need
  /** What is missing, for people: `link v0, which is down`. */
  readonly description: string
  /** The kernel holds the entry except for the parts that wait. */
  readonly partial: boolean

  /**
   * @param entry for people: `route 10.0.0.0/8`
   * @param need what is missing: `up 5`
   * @param options `cause` is the kernel's error, if the entry was sent
   */
  constructor(
    entry: string,
    need: Need,
    description: string,
    { partial = false, cause }: { readonly partial?: boolean; readonly cause?: Error | undefined } = {},
  ) {
    super(`${entry}: ${partial ? 'is there in part, and waits' : 'waits'} for ${description}`, cause && { cause })
    this.need = need
    this.description = description
    this.partial = partial
  }
}

/** Another program changes or removes an entry as often as a controller writes it, or adds one as often as it is removed. */
export class ContestedError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'ContestedError'
  /** What programs tell it by. */
  readonly code = 'ERR_RTNL_CONTESTED'
  /** The other program, as far as the kernel identifies it: `process ip (port id 1234)`. */
  readonly opponent: string
  /** Milliseconds until the next attempt. */
  readonly delay: number

  constructor(entry: string, opponent: string, delay: number) {
    super(
      `${entry}: ${opponent} undoes it as often as it is written; next attempt in ${delay} ms. ` +
        'One of both has to leave it alone, or to mark its entries in another way (protocol, table)',
    )
    this.opponent = opponent
    this.delay = delay
  }
}
