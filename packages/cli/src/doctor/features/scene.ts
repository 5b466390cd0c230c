import { type Link, LinkFlag, LinkMessage, linkMessage } from '@rtnl/link'
import { type Connection, MessageFlag } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'

/** `NLM_F_BULK` of a request to delete: all that matches. */
export const bulk = 0x200

/** What is made in a network namespace of its own, to see whether the kernel can. */
export class Scene implements AsyncDisposable {
  readonly connection: Connection
  readonly notifier: Notifier
  readonly #made = new Map<string, Promise<number>>()

  private constructor(notifier: Notifier) {
    this.notifier = notifier
    this.connection = notifier.connection
  }

  static async open(): Promise<Scene> {
    const scene = new Scene(await Notifier.open())
    // A nexthop that drops packets is one of the loopback for the kernel.
    const up = { ifname: 'lo', flags: LinkFlag.UP }
    await scene.connection.request({ message: linkMessage, type: LinkMessage.NEW, entry: up, operation: 'set lo up' })
    return scene
  }

  /** A bridge. */
  bridge(): Promise<number> {
    return this.#once('bridge0', () => ({ kind: 'bridge' }))
  }

  /** A vxlan with one VNI. */
  vxlan(): Promise<number> {
    return this.#once('vxlan0', () => ({ kind: 'vxlan', vxlan: { id: 1, port: 4789 } }))
  }

  /** Makes a link and sets it up. @returns its index */
  async link(ifname: string, entry: Partial<Link>): Promise<number> {
    await this.connection.request({
      message: linkMessage,
      type: LinkMessage.NEW,
      flags: MessageFlag.CREATE | MessageFlag.EXCL,
      entry: { ...entry, ifname, flags: LinkFlag.UP },
      operation: `add link ${ifname}`,
    })
    const { ifindex } = await this.find(ifname)
    return ifindex
  }

  /** A link by its name. */
  async find(ifname: string): Promise<Link> {
    const request = { message: linkMessage, type: LinkMessage.GET, entry: { ifname }, operation: `get link ${ifname}` }
    const [link] = await this.connection.request(request)
    if (link === undefined) throw new Error(`link ${ifname} is not there`)
    return link
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.notifier.close()
  }

  #once(ifname: string, entry: () => Partial<Link>): Promise<number> {
    const made = this.#made.get(ifname) ?? this.link(ifname, entry())
    this.#made.set(ifname, made)
    return made
  }
}
