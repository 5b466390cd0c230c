/** The kernel took an entry and shows something else, or nothing. */
export class UnmetError extends Error {
  override readonly name: string = 'UnmetError'
  readonly code = 'ERR_RTNL_UNMET'

  constructor(key: string) {
    super(`${key}: the kernel took it and does not show it as wanted`)
  }
}

/** Somebody else changes or removes an entry as often as it is put back. */
export class ContestedError extends Error {
  override readonly name: string = 'ContestedError'
  readonly code = 'ERR_RTNL_CONTESTED'

  constructor(key: string) {
    super(`${key}: somebody else changes it as often as it is put back`)
  }
}
