import type { Reason } from './entries.ts'

/** A segment that is followed. */
export interface EvpnSegment {
  /** 0 to 2^24 - 1. */
  readonly vni: number
  /** Names of its vxlans: one, or one of each address family, or one that carries many VNIs. */
  readonly vxlans: readonly string[]
  /** Name of the interface with its addresses. Default: found by the bridge and the VLAN. */
  readonly svi?: string | undefined
}

/** What is derived, and how. */
export interface EvpnConfig {
  /** The segments that are followed. Default: all that the vxlans of the namespace carry. */
  readonly segments?: readonly EvpnSegment[] | undefined
  /** UDP port of remotes for which the kernel shows none: that of the vxlan, or a number (OVN: 4789). Default: `device`. */
  readonly defaultPort?: 'device' | number | undefined
  /**
   * Whether members of a group are endpoints by themselves. Otherwise a member is a path only if another entry names its address
   * as an endpoint, as for OVN. Default: true.
   */
  readonly members?: boolean | undefined
  /** Whether addresses that vxlans learn by themselves are followed too. Default: false. */
  readonly learned?: boolean | undefined
  /** Whether a change of a group is also a change of each hardware address behind it. Default: false. */
  readonly expand?: boolean | undefined
}

/** Something about a segment that cannot be. */
interface SegmentFailure {
  /** Place of the segment in the configuration. */
  readonly place: number
  readonly vni: number
  readonly reason: Reason
  readonly text: string
}

/** A configuration that was looked at. */
export interface CheckedConfig {
  /** By VNI; `undefined`: all that there is. */
  readonly segments: ReadonlyMap<number, EvpnSegment & { readonly place: number }> | undefined
  /** Segments that were left out. */
  readonly failures: readonly SegmentFailure[]
  readonly defaultPort: 'device' | number
  readonly members: boolean
  readonly learned: boolean
  readonly expand: boolean
}

const largestVni = 0xffffff

/**
 * Looks at a configuration. Segments that cannot be are named, and left out.
 * @throws {TypeError | RangeError} an option has a value that it cannot have
 */
export function checkConfig(config: EvpnConfig): CheckedConfig {
  const { segments, defaultPort = 'device', members = true, learned = false, expand = false } = config
  if (defaultPort !== 'device') checkPort(defaultPort)
  for (const [name, value] of Object.entries({ members, learned, expand })) {
    if (typeof value !== 'boolean') throw new TypeError(`${name}: ${String(value)} is not true or false`)
  }
  const options = { defaultPort, members, learned, expand }
  if (segments === undefined) return { segments: undefined, failures: [], ...options }
  if (!Array.isArray(segments)) throw new TypeError(`segments: ${String(segments)} is not an array`)
  const known = new Map<number, EvpnSegment & { place: number }>()
  const failures: SegmentFailure[] = []
  for (const [place, segment] of (segments as readonly EvpnSegment[]).entries()) {
    checkSegment(segment, `segments[${place}]`)
    const { vni } = segment
    const first = known.get(vni)
    if (!Number.isInteger(vni) || vni < 0 || vni > largestVni) {
      const text = `${String(vni)} is no VNI: it has to be a number from 0 to ${largestVni}.`
      failures.push({ place, vni, reason: 'invalid-vni', text })
    } else if (first !== undefined) {
      const text = `Segment ${first.place} has VNI ${vni} already.`
      failures.push({ place, vni, reason: 'duplicate-vni', text })
    } else {
      known.set(vni, { ...segment, place })
    }
  }
  return { segments: known, failures, ...options }
}

function checkPort(port: unknown): void {
  if (typeof port !== 'number') throw new TypeError(`defaultPort: ${String(port)} is neither 'device' nor a number`)
  if (!Number.isInteger(port) || port < 1 || port > 0xffff)
    throw new RangeError(`defaultPort: ${port} is not in 1..65535`)
}

function checkSegment(segment: unknown, path: string): void {
  if (typeof segment !== 'object' || segment === null) throw new TypeError(`${path}: ${String(segment)} is no object`)
  const { vxlans, svi } = segment as Partial<EvpnSegment>
  if (!Array.isArray(vxlans) || vxlans.some((name) => typeof name !== 'string')) {
    throw new TypeError(`${path}.vxlans: ${String(vxlans)} is not an array of names of interfaces`)
  }
  if (svi !== undefined && typeof svi !== 'string') {
    throw new TypeError(`${path}.svi: ${String(svi)} is not a name of an interface`)
  }
}
