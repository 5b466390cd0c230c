import { AddressFamily, findAttribute, type MessageCursor, MulticastGroup } from '@rtnl/netlink-core'
import type { MessageSink, Notifier } from '@rtnl/notifier'
import { type Dependency, type FollowedDependency, kindOf, type Need, nameOf } from '@rtnl/reconcile/declarations'
import { GatewayIndex } from './gateway-index.ts'

/** The need for a route that reaches a gateway. */
export function needOfGateway(address: string): Need {
  return `gateway ${address}`
}

/** The need for a source address that an interface has. */
export function needOfSource(address: string): Need {
  return `source ${address}`
}

/** `RTM_NEWROUTE`, `RTM_DELROUTE`, `RTM_NEWRULE`, `RTM_DELRULE` */
const NEWROUTE = 24
const DELROUTE = 25
const NEWRULE = 32
const DELRULE = 33
/** `struct rtmsg`: its size, and where the length of the destination stands. */
const routeHeader = 12
const dstLength = 1
/** `RTA_DST` */
const DST = 1

/**
 * Gateways that routes and nexthops need the kernel to reach, and source addresses that some interface must have. Whether
 * the kernel reaches one is for the kernel to say; but it can only change with a route to a prefix that covers it, of
 * whatever table: the kernel also makes routes for each address of an interface. Routes are listened to only while
 * somebody waits.
 */
export const gatewayDependency: Dependency = {
  kinds: ['gateway', 'source'],
  follow: async (notifier, changed, _signal, failed) => new Gateways(notifier, changed, failed),
}

class Gateways implements FollowedDependency, MessageSink {
  readonly name = 'gateway'
  readonly groups = [
    MulticastGroup.IPV4_ROUTE,
    MulticastGroup.IPV6_ROUTE,
    MulticastGroup.IPV4_RULE,
    MulticastGroup.IPV6_RULE,
  ]
  readonly types = [NEWROUTE, DELROUTE, NEWRULE, DELRULE]
  readonly #notifier: Notifier
  readonly #changed: (need: Need) => void
  readonly #failed: ((error: Error) => void) | undefined
  /** Addresses of the needs that are waited for, and those needs. */
  readonly #index = new GatewayIndex()
  readonly #needs = new Map<string, Set<Need>>()
  #attached = false
  /** Why routes are not listened to for those that wait. */
  #error: Error | undefined

  constructor(notifier: Notifier, changed: (need: Need) => void, failed: ((error: Error) => void) | undefined) {
    this.#notifier = notifier
    this.#changed = changed
    this.#failed = failed
  }

  isMet(): undefined {
    return undefined
  }

  describe(need: Need): string {
    const address = nameOf(need)
    const what =
      kindOf(need) === 'source'
        ? `source address ${address}, which no interface has`
        : `gateway ${address}, which no route reaches directly`
    return this.#error === undefined ? what : `${what}; routes cannot be followed (${this.#error.message})`
  }

  watch(need: Need): void {
    const address = nameOf(need)
    const needs = this.#needs.get(address)
    if (needs !== undefined) {
      needs.add(need)
      return
    }
    this.#needs.set(address, new Set([need]))
    this.#index.add(address)
    if (!this.#attached && this.#error === undefined) void this.#attach()
  }

  unwatch(need: Need): void {
    const address = nameOf(need)
    const needs = this.#needs.get(address)
    needs?.delete(need)
    if (needs?.size !== 0) return
    this.#needs.delete(address)
    this.#index.delete(address)
    if (this.#needs.size === 0) this.close()
  }

  message({ view, body, end, type }: MessageCursor): void {
    if (type === NEWRULE || type === DELRULE) {
      this.lost()
      return
    }
    if (end - body < routeHeader) return
    const size = view.getUint8(body) === AddressFamily.INET ? 4 : 16
    const length = view.getUint8(body + dstLength)
    const network = new Uint8Array(size)
    const at = findAttribute(view, body + routeHeader, end, DST)
    if (length > size * 8 || (at >= 0 && end - at < size)) return
    if (at >= 0) for (let byte = 0; byte < size; byte++) network[byte] = view.getUint8(at + byte)
    for (const address of this.#index.coveredBy(network, length)) this.#reportChange(address)
  }

  /** Any of them may be reached now. */
  lost(): void {
    for (const address of this.#index.all()) this.#reportChange(address)
  }

  /** The table of the entries ends with the same notifier. */
  failed(): void {}

  close(): void {
    this.#error = undefined
    if (!this.#attached) return
    this.#attached = false
    this.#notifier.detach(this)
  }

  #reportChange(address: string): void {
    for (const need of this.#needs.get(address) ?? []) this.#changed(need)
  }

  async #attach(): Promise<void> {
    this.#attached = true
    try {
      await this.#notifier.attach(this)
      // Changes before the registration were not announced to this sink.
      this.lost()
    } catch (error) {
      // Nobody waits any more, or the table of the entries ends too.
      if (!this.#attached || this.#notifier.closed) return
      this.#attached = false
      this.#error = error instanceof Error ? error : new Error(String(error))
      this.#failed?.(new Error(`routes to gateways cannot be followed: ${this.#error.message}`, { cause: error }))
    }
  }
}
