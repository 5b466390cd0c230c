import { flagNames, seg6LocalActions, seg6LocalFlavors } from '@rtnl/names'
import {
  type Encapsulation,
  EncapsulationType,
  type Ip6Encapsulation,
  type IpEncapsulation,
  type MplsEncapsulation,
  type Seg6Encapsulation,
  type Seg6LocalEncapsulation,
  Seg6Mode,
} from '@rtnl/netlink-core'
import type { InterfaceNames } from './interface-names.ts'
import { routeTableName } from './names.ts'

const typeNames = new Map<number, string>([
  [EncapsulationType.MPLS, 'mpls'],
  [EncapsulationType.IP, 'ip'],
  [EncapsulationType.ILA, 'ila'],
  [EncapsulationType.IP6, 'ip6'],
  [EncapsulationType.SEG6, 'seg6'],
  [EncapsulationType.BPF, 'bpf'],
  [EncapsulationType.SEG6_LOCAL, 'seg6local'],
  [EncapsulationType.RPL, 'rpl'],
  [EncapsulationType.IOAM6, 'ioam6'],
  [EncapsulationType.XFRM, 'xfrm'],
])

const seg6Modes = new Map<number, string>([
  [Seg6Mode.INLINE, 'inline'],
  [Seg6Mode.ENCAP, 'encap'],
  [Seg6Mode.L2ENCAP, 'l2encap'],
  [Seg6Mode.ENCAP_RED, 'encap.red'],
  [Seg6Mode.L2ENCAP_RED, 'l2encap.red'],
])

/** Flags of tunnel metadata (`TUNNEL_*`), in the order in which `ip` prints them. */
const tunnelFlags = [
  [0x04, 'key'],
  [0x01, 'csum'],
  [0x08, 'seq'],
] as const

/** What a lightweight tunnel does, as `ip` prints it. A type that is not decoded is followed by its bytes. */
export function encapsulationText(
  type: number | undefined,
  encapsulation: Encapsulation,
  names: InterfaceNames,
): string {
  return encapsulationWords(type, encapsulation, names).join(' ')
}

function encapsulationWords(type: number | undefined, encapsulation: Encapsulation, names: InterfaceNames): string[] {
  const head = ['encap', typeNames.get(type ?? 0) ?? String(type)]
  if (typeof encapsulation === 'string') return [...head, encapsulation]
  switch (type) {
    case EncapsulationType.SEG6:
      return [...head, ...seg6Words(encapsulation as Seg6Encapsulation)]
    case EncapsulationType.SEG6_LOCAL:
      return [...head, ...seg6LocalWords(encapsulation as Seg6LocalEncapsulation, names)]
    case EncapsulationType.MPLS:
      return [...head, ...mplsWords(encapsulation as MplsEncapsulation)]
    default:
      return [...head, ...tunnelWords(encapsulation as IpEncapsulation & Ip6Encapsulation)]
  }
}

function seg6Words({ mode, ...header }: Seg6Encapsulation): string[] {
  return ['mode', seg6Modes.get(mode) ?? '<unknown>', ...headerWords(header)]
}

/** The id of the key in hex digits, as `ip` has it. */
function headerWords({ segs, hmac }: Omit<Seg6Encapsulation, 'mode'>): string[] {
  const words = ['segs', String(segs.length), '[', ...segs, ']']
  return hmac === undefined ? words : [...words, 'hmac', hmac.toString(16).toUpperCase()]
}

/** With the counters, which `ip` prints with `-s`. */
function seg6LocalWords(encapsulation: Seg6LocalEncapsulation, names: InterfaceNames): string[] {
  const { action, srh, table, vrftable, nh4, nh6, iif, oif, bpf, counters, flavors } = encapsulation
  const words = ['action', seg6LocalActions.nameOf(action)]
  if (srh !== undefined) words.push(...headerWords(srh))
  if (table !== undefined) words.push('table', routeTableName(table))
  if (vrftable !== undefined) words.push('vrftable', routeTableName(vrftable))
  if (nh4 !== undefined) words.push('nh4', nh4)
  if (nh6 !== undefined) words.push('nh6', nh6)
  if (iif !== undefined) words.push('iif', names.name(iif))
  if (oif !== undefined) words.push('oif', names.name(oif))
  if (bpf !== undefined) words.push('endpoint', ...(bpf.progName === undefined ? [] : [bpf.progName]))
  if (counters !== undefined) {
    for (const name of ['packets', 'bytes', 'errors'] as const) words.push(name, String(counters[name] ?? 0))
  }
  if (flavors !== undefined) words.push(...flavorWords(flavors))
  return words
}

function flavorWords({
  operation = 0,
  lcblockBits,
  lcnodeFnBits,
}: NonNullable<Seg6LocalEncapsulation['flavors']>): string[] {
  const words = ['flavors', flagNames(operation, seg6LocalFlavors).join(',')]
  if (lcblockBits !== undefined) words.push('lblen', String(lcblockBits))
  if (lcnodeFnBits !== undefined) words.push('nflen', String(lcnodeFnBits))
  return words
}

function mplsWords({ dst, ttl }: MplsEncapsulation): string[] {
  return [...(dst === undefined ? [] : [dst.join('/')]), ...(ttl === undefined ? [] : ['ttl', String(ttl)])]
}

function tunnelWords(tunnel: IpEncapsulation & Ip6Encapsulation): string[] {
  const words: string[] = []
  for (const name of ['id', 'src', 'dst', 'hoplimit', 'ttl', 'tos', 'tc'] as const) {
    const value = tunnel[name]
    if (value !== undefined) words.push(name, String(value))
  }
  const { flags = 0 } = tunnel
  return [...words, ...tunnelFlags.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name)]
}
