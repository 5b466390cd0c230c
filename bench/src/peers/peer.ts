/** A library or program that others use for the same purpose. */
export interface Peer {
  /** As on the command line. */
  readonly id: string
  readonly name: string
  /** What to start, up to the arguments that ../../contestants/peers/README.md names. */
  readonly command: readonly string[]
  readonly limits: PeerLimits
}

/** Beyond these numbers it takes minutes or gigabytes, and says nothing new. */
interface PeerLimits {
  /** Routes that it reads. */
  readonly dump: number
  /** Routes that it adds and deletes. */
  readonly write: number
}

/** A peer that may be installed. */
export interface PeerCandidate {
  readonly id: string
  readonly name: string
  readonly limits: PeerLimits
  /**
   * Makes it ready to be started, and returns the command.
   * @throws {Error} it is not installed; the message says what to install
   */
  prepare(): Promise<readonly string[]>
}
