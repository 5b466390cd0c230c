import { Errno, NetlinkError, type Transport } from '@rtnl/netlink-core'

/** The multicast groups that a socket is in. It joins a group for the first member and leaves it with the last. */
export class Memberships {
  /** Members by group. */
  readonly #members = new Map<number, number>()

  get groups(): readonly number[] {
    return [...this.#members.keys()]
  }

  /**
   * @param required whether an unknown group is an error
   * @returns whether the kernel knows the group; only then there is a membership to leave
   * @throws {NetlinkError} the group cannot be joined
   */
  join(socket: Transport, group: number, required: boolean): boolean {
    const members = this.#members.get(group) ?? 0
    if (members === 0 && !joins(socket, group, required)) return false
    this.#members.set(group, members + 1)
    return true
  }

  leave(socket: Transport | undefined, group: number): void {
    const members = this.#members.get(group) ?? 0
    if (members > 1) {
      this.#members.set(group, members - 1)
      return
    }
    this.#members.delete(group)
    socket?.leave(group)
  }
}

/** The kernel answers `EINVAL` if it does not know the group. */
function joins(socket: Transport, group: number, required: boolean): boolean {
  try {
    socket.join(group)
    return true
  } catch (error) {
    if (required || !(error instanceof NetlinkError) || error.errno !== Errno.EINVAL) throw error
    return false
  }
}
