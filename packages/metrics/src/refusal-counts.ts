import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { diagnosticsChannels, type NetlinkError } from '@rtnl/netlink-core'
import { netnsLabel } from './netns-label.ts'

/** Counts the kernel's refusals in this process from now on, by network namespace and error code. */
export class RefusalCounts {
  readonly #counts = new Map<string, Map<string, number>>()

  constructor() {
    subscribe(diagnosticsChannels.refused, this.#take)
  }

  /** @param netns the label. Returns pairs of an error code (`EEXIST`) and a count */
  of(netns: string): Iterable<readonly [string, number]> {
    return this.#counts.get(netns) ?? []
  }

  close(): void {
    unsubscribe(diagnosticsChannels.refused, this.#take)
  }

  readonly #take = (message: unknown): void => {
    const { connection, error } = message as { connection: string; error: NetlinkError }
    const netns = netnsLabel({ name: connection })
    let codes = this.#counts.get(netns)
    if (codes === undefined) {
      codes = new Map()
      this.#counts.set(netns, codes)
    }
    codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
  }
}
