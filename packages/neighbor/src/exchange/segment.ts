/** An address that a segment announces. */
export interface ExchangeBinding {
  /** Hardware address. */
  readonly lladdr: string
  /** IP address. */
  readonly dst: string
}

/** A layer 2 segment that exchanges addresses with an EVPN speaker of the host, by the tables of interfaces. */
export interface ExchangeSegment {
  /** VNI, 0 to 16777215. */
  readonly vni: number
  /** Names of vxlans. Their forwarding entries name remote endpoints and addresses. */
  readonly vxlans: readonly string[]
  /** Name of the bridge. Its neighbours name remote addresses, and it gets the announced bindings. */
  readonly bridge?: string | undefined
  /** Name of the port of the bridge that takes the hardware addresses. */
  readonly loopback?: string | undefined
  /** Hardware addresses that are here. */
  readonly lladdrs?: readonly string[] | undefined
  /** Addresses that are here, and their hardware addresses, which are announced too. */
  readonly bindings?: readonly ExchangeBinding[] | undefined
}

const largestVni = 0xffffff

/**
 * The segments that can be, each VNI once: the first one has it.
 * @returns also which were left out, and why
 */
export function usableSegments(segments: readonly ExchangeSegment[]): {
  readonly usable: readonly ExchangeSegment[]
  readonly skipped: readonly { readonly vni: number; readonly reason: string }[]
} {
  const skipped: { vni: number; reason: string }[] = []
  const usable = new Map<number, ExchangeSegment>()
  for (const segment of segments) {
    const { vni } = segment
    if (!Number.isInteger(vni) || vni < 0 || vni > largestVni) skipped.push({ vni, reason: `${vni} is no VNI` })
    else if (usable.has(vni)) skipped.push({ vni, reason: `another segment has VNI ${vni}` })
    else usable.set(vni, segment)
  }
  return { usable: [...usable.values()], skipped }
}

/** The hardware addresses that a segment announces, each once. */
export function announcedAddresses({ lladdrs = [], bindings = [] }: ExchangeSegment): { lladdr: string }[] {
  const all = [...lladdrs, ...bindings.map(({ lladdr }) => lladdr)].map((lladdr) => lladdr.toLowerCase())
  return [...new Set(all)].map((lladdr) => ({ lladdr }))
}
