import { addVrf, deleteLink, type LinkTable } from '@rtnl/link'
import { type Connection, Errno, NetlinkError } from '@rtnl/netlink-core'

/** The VRFs that are added for routing tables, and deleted when no datapath wants them any more. */
export class MaintainedVrfs {
  readonly #connection: Connection
  readonly #links: LinkTable
  /** Tables by name. */
  readonly #maintained = new Map<string, number>()

  constructor(connection: Connection, links: LinkTable) {
    this.#connection = connection
    this.#links = links
  }

  /**
   * Adds a VRF unless it exists. A VRF of another table does not count, whoever added it.
   * @throws {NetlinkError} the kernel refused, or another interface has this name (`EEXIST`)
   */
  async ensure(ifname: string, table: number): Promise<void> {
    const known = this.#maintained.get(ifname)
    if (known === table && this.#matches(ifname, table)) return
    if (known !== undefined && known !== table) await this.#delete(ifname)
    try {
      await addVrf(this.#connection, { ifname, table })
      await this.#links.waitForSync()
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.errno !== Errno.EEXIST) throw error
      await this.#links.waitForSync()
      if (!this.#matches(ifname, table)) {
        throw new NetlinkError(Errno.EEXIST, {
          operation: `add vrf ${ifname}`,
          hint: `${ifname} is there, and is no VRF of table ${table}`,
          cause: error,
        })
      }
    }
    this.#maintained.set(ifname, table)
  }

  /** Does not maintain a VRF any more, and leaves it. */
  forget(ifname: string): void {
    this.#maintained.delete(ifname)
  }

  /**
   * Deletes the VRFs that are maintained and not among these. One that cannot be deleted is tried again the next time.
   * @returns the errors
   */
  async keepOnly(wanted: ReadonlySet<string>): Promise<Error[]> {
    const errors: Error[] = []
    for (const ifname of [...this.#maintained.keys()]) {
      if (wanted.has(ifname)) continue
      try {
        await this.#delete(ifname)
      } catch (error) {
        errors.push(error as Error)
      }
    }
    return errors
  }

  async #delete(ifname: string): Promise<void> {
    try {
      await deleteLink(this.#connection, ifname)
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.errno !== Errno.ENODEV) throw error
    }
    this.#maintained.delete(ifname)
  }

  #matches(ifname: string, table: number): boolean {
    const ifindex = this.#links.ifindex(ifname)
    const link = ifindex === undefined ? undefined : this.#links.get({ ifindex })
    return link?.kind === 'vrf' && link.vrf?.table === table
  }
}
