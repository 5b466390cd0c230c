/** Another publisher holds the name of this node. */
export class NodeNameTakenError extends Error {
  /** Its kind, for texts. */
  override readonly name: string = 'NodeNameTakenError'
  /** Its kind, for programs. */
  readonly code = 'ERR_RTNL_NODE_NAME_TAKEN'
  /** The fleet whose node it is. */
  readonly fleet: string
  /** The name that is held. */
  readonly node: string
  /** What the holder says of itself. */
  readonly holder: Readonly<Record<string, string>>

  constructor(fleet: string, node: string, holder: Readonly<Record<string, string>>) {
    const about = Object.entries(holder).map(([name, value]) => `${name} ${value}`)
    super(
      `the node name ${node} of fleet ${fleet} is held by another publisher (${about.join(', ') || 'which says nothing of itself'}): ` +
        'give each node a name of its own, or end the other one',
    )
    this.fleet = fleet
    this.node = node
    this.holder = holder
  }
}

/** The server has no stream for the fleet, and this client did not make one. */
export class NoStreamError extends Error {
  /** Its kind, for texts. */
  override readonly name: string = 'NoStreamError'
  /** Its kind, for programs. */
  readonly code = 'ERR_RTNL_NO_STREAM'

  constructor(fleet: string, stream: string, cause?: unknown) {
    super(
      `fleet ${fleet}: the server has no stream ${stream}: start a publisher that may make it, or make it by \`setUpStream\``,
      { cause },
    )
  }
}
