import type { LiveTableOptions } from '@rtnl/live-table'
import { Announcement, type Neighbor } from '@rtnl/neighbor'
import { ClosedError } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import type { FailedEntry } from '@rtnl/reconcile'
import {
  type AdvertisePlace,
  addressRules,
  type Desired,
  entriesOf,
  type LocalAddresses,
  type Owners,
  ownersOf,
} from './local.ts'

export interface AdvertiseOptions extends AdvertisePlace, LocalAddresses, LiveTableOptions {}

/**
 * Local addresses as an EVPN speaker takes them from the kernel, kept until they are withdrawn: hardware addresses as static
 * forwarding entries of a port of a bridge, and IP addresses as neighbours that need no looking for. A speaker advertises an IP
 * address once its hardware address is there: this one is written first and removed last.
 *
 * Addresses move from host to host: an entry that the speaker has learned from elsewhere (`extern_learn`) stays, unless an update
 * has the address that the one before did not have.
 */
export class Advertisement implements AsyncDisposable {
  readonly #rules: Owners
  readonly #notifier: Notifier
  readonly #ownsNotifier: boolean
  readonly #macs: Announcement
  readonly #bindings: Announcement | undefined
  #advertised: Desired
  /** The last call that has begun; the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false

  private constructor(parts: {
    readonly rules: Owners
    readonly notifier: Notifier
    readonly ownsNotifier: boolean
    readonly macs: Announcement
    readonly bindings: Announcement | undefined
    readonly advertised: Desired
  }) {
    this.#rules = parts.rules
    this.#notifier = parts.notifier
    this.#ownsNotifier = parts.ownsNotifier
    this.#macs = parts.macs
    this.#bindings = parts.bindings
    this.#advertised = parts.advertised
  }

  /**
   * Advertises local addresses. Resolves once each was tried once. Static entries of the port that are not among them, in no VLAN, and
   * neighbours of the protocol on the SVI are removed, such as those of a program that was killed. If it throws, what was written is
   * removed again.
   * @throws {TypeError | RangeError} an interface is not there or not one of the kind, or an address cannot be; nothing was written
   * @throws {LeaseHeldError} another part of this program keeps the entries of the port or the SVI
   * @throws the reason of the signal
   */
  static async open(options: AdvertiseOptions): Promise<Advertisement> {
    const { port, svi, protocol, macs: local, bindings: bound, notifier: shared, signal, ...connection } = options
    const rules = addressRules({ port, svi, protocol })
    const desired = entriesOf(rules, { macs: local, bindings: bound })
    signal?.throwIfAborted()
    const notifier = shared ?? (await Notifier.open(connection))
    let macs: Announcement | undefined
    let bindings: Announcement | undefined
    try {
      const owners = await ownersOf({ port, svi, protocol }, { notifier, signal })
      macs = await Announcement.begin(owners.macs, [...desired.macs.values()], notifier)
      signal?.throwIfAborted()
      bindings =
        owners.bindings && (await Announcement.begin(owners.bindings, [...desired.bindings.values()], notifier))
      signal?.throwIfAborted()
      const advertised = desired.bindings
      return new Advertisement({ rules, notifier, ownsNotifier: shared === undefined, macs, bindings, advertised })
    } catch (error) {
      await withdraw([bindings, macs])
      if (shared === undefined) notifier.close()
      throw error
    }
  }

  /** Addresses that the kernel refused, or that wait for an entry of somebody else to go. They are tried again. */
  get failed(): FailedEntry<Neighbor>[] {
    return [...this.#macs.failed, ...(this.#bindings?.failed ?? [])]
  }

  /**
   * Advertises exactly these addresses; resolves once each that changed was tried. Bindings that are not there any more, or have another
   * hardware address, are removed first.
   * @throws {TypeError | RangeError} an address cannot be; nothing was changed
   */
  async update(local: LocalAddresses): Promise<void> {
    const desired = entriesOf(this.#rules, local)
    await this.#next(async () => {
      const staying = [...desired.bindings].filter(([key, { lladdr }]) => this.#advertised.get(key)?.lladdr === lladdr)
      if (staying.length < this.#advertised.size) await this.#bindings?.become(staying.map(([, entry]) => entry))
      await this.#macs.become([...desired.macs.values()])
      await this.#bindings?.become([...desired.bindings.values()])
      this.#advertised = desired.bindings
    })
  }

  /**
   * Removes all that was advertised, and closes. Idempotent.
   * @returns the errors
   */
  async remove(): Promise<Error[]> {
    if (this.#isClosed) return []
    let errors: Error[] = []
    const removing = this.#next(async () => {
      errors = await withdraw([this.#bindings, this.#macs])
    })
    this.#isClosed = true
    await removing
    if (this.#ownsNotifier) this.#notifier.close()
    return errors
  }

  /** Removes all that was advertised. @throws the first error */
  async [Symbol.asyncDispose](): Promise<void> {
    const [error] = await this.remove()
    if (error !== undefined) throw error
  }

  #next(action: () => Promise<void>): Promise<void> {
    if (this.#isClosed) throw new ClosedError('advertisement')
    const next = this.#last.then(action)
    this.#last = next.catch(() => {})
    return next
  }
}

/** Removes what was announced, one after the other. @returns the errors */
async function withdraw(announcements: readonly (Announcement | undefined)[]): Promise<Error[]> {
  const errors: Error[] = []
  for (const announcement of announcements) {
    try {
      for (const { error } of (await announcement?.remove())?.failed ?? []) errors.push(error)
    } catch (error) {
      errors.push(error as Error)
    }
  }
  return errors
}
