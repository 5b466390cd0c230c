import { AttributeSet, nested } from '../codec/attribute-set.ts'
import { InvalidBytes, InvalidValue, show } from '../codec/invalid.ts'
import type { Kind } from '../codec/kind.ts'
import { u8, u32, u64 } from '../codec/scalars.ts'
import { attribute, type EntryOf } from '../codec/schema.ts'
import { string } from '../codec/values.ts'
import { ipv4, ipv6 } from './addresses.ts'
import {
  Seg6LocalAttribute,
  Seg6LocalBpfAttribute,
  Seg6LocalCounterAttribute,
  Seg6LocalFlavorAttribute,
} from './constants.ts'
import {
  type RoutingHeader,
  readRoutingHeader,
  refuseOthers,
  smallestRoutingHeader,
  writeRoutingHeader,
} from './routing-header.ts'

const routingHeader: Kind<RoutingHeader> = {
  name: 'segment routing header',
  minimum: smallestRoutingHeader,
  maximum: 0xffff,
  read: readRoutingHeader,
  write(writer, value) {
    if (typeof value !== 'object' || value === null) throw new InvalidValue(`${show(value)} is not an object`, true)
    const { segs, hmac, ...others } = value
    refuseOthers(others)
    writeRoutingHeader(writer, hmac === undefined ? { segs } : { segs, hmac })
  },
}

/** The program of `End.BPF`. A request names it by an open file descriptor; the kernel shows its id. */
const bpf = nested('bpf', {
  prog: attribute(Seg6LocalBpfAttribute.PROG, u32),
  progName: attribute(Seg6LocalBpfAttribute.PROG_NAME, string(255)),
})

/** Counts of what the action did. A request asks for counters by having them; the kernel starts at 0 whatever they are. */
const counters = nested('counters', {
  packets: attribute(Seg6LocalCounterAttribute.PACKETS, u64, { volatile: true }),
  bytes: attribute(Seg6LocalCounterAttribute.BYTES, u64, { volatile: true }),
  errors: attribute(Seg6LocalCounterAttribute.ERRORS, u64, { volatile: true }),
})

/** Bits of `Seg6LocalFlavor`; with `NEXT_CSID` how many bits of an address are the block, and the node and function. */
const flavors = nested('flavors', {
  operation: attribute(Seg6LocalFlavorAttribute.OPERATION, u32),
  lcblockBits: attribute(Seg6LocalFlavorAttribute.LCBLOCK_BITS, u8),
  lcnodeFnBits: attribute(Seg6LocalFlavorAttribute.LCNODE_FN_BITS, u8),
})

/** In the order in which the kernel sends them. */
const fields = {
  action: attribute(Seg6LocalAttribute.ACTION, u32),
  srh: attribute(Seg6LocalAttribute.SRH, routingHeader),
  table: attribute(Seg6LocalAttribute.TABLE, u32),
  nh4: attribute(Seg6LocalAttribute.NH4, ipv4),
  nh6: attribute(Seg6LocalAttribute.NH6, ipv6),
  iif: attribute(Seg6LocalAttribute.IIF, u32),
  oif: attribute(Seg6LocalAttribute.OIF, u32),
  bpf: attribute(Seg6LocalAttribute.BPF, bpf),
  vrftable: attribute(Seg6LocalAttribute.VRFTABLE, u32),
  counters: attribute(Seg6LocalAttribute.COUNTERS, counters),
  flavors: attribute(Seg6LocalAttribute.FLAVORS, flavors),
}

type Parts = EntryOf<Record<never, never>, typeof fields>

/** What a node of a segment routing network does with its packets (`LWTUNNEL_ENCAP_SEG6_LOCAL`, RFC 8986). */
export type Seg6LocalEncapsulation = Parts & {
  /** `Seg6LocalAction`. */
  readonly action: number
}

const set = new AttributeSet<Parts>('seg6local', {}, fields)

/** All attributes of the encapsulation. */
export const seg6Local: Kind<Seg6LocalEncapsulation> = {
  name: 'seg6local',
  minimum: 0,
  maximum: 0xffff,
  read(view, offset, length, volatile) {
    const { action, ...rest } = set.read(view, offset, offset + length, undefined, volatile)
    if (action === undefined) throw new InvalidBytes(offset, 'there is no action')
    return { action, ...rest }
  },
  write(writer, value) {
    if (value.action === undefined) throw new InvalidValue('is missing', true).under('action')
    set.write(writer, value)
  },
}
