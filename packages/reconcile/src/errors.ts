import type { Need } from './waiting/dependency.ts'

/** The kernel took an entry and shows something else, or nothing. */
export class UnmetError extends Error {
  override readonly name: string = 'UnmetError'
  readonly code = 'ERR_RTNL_UNMET'

  constructor(key: string) {
    super(`${key}: the kernel took it and does not show it as wanted`)
  }
}

/** An entry was not sent, since something that it needs is not there. */
export class WaitingError extends Error {
  override readonly name: string = 'WaitingError'
  readonly code = 'ERR_RTNL_WAITING'
  readonly need: Need

  /**
   * @param entry for people: `route 10.0.0.0/8`
   * @param need what is not there: `up 5`
   * @param description of it, for people: `link v0, which is down`
   */
  constructor(entry: string, need: Need, description: string) {
    super(`${entry}: waits for ${description}`)
    this.need = need
  }
}

/** Somebody else changes or removes an entry as often as it is put back, or puts back what is removed. */
export class ContestedError extends Error {
  override readonly name: string = 'ContestedError'
  readonly code = 'ERR_RTNL_CONTESTED'
  /** Who it is, as far as the kernel tells: `process ip (port id 1234)`. */
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
