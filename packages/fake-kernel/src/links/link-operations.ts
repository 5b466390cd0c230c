/** What a kind of interface does by itself (`struct net_device_ops`, `struct rtnl_link_ops`). */
export interface LinkOperations {
  /** It is being set up. */
  open(): void
  /** It is being set down. */
  stop(): void
  /** It is being deleted. */
  dissolve(): void
}
